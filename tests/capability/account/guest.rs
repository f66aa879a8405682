//! Hostile guests: a core module's text and the interfaces that it imports, made a component.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::run::{Ended, forebay};

/// The most that the process may take while its guest has 64 MiB, in bytes.
pub const MOST: u64 = 400 << 20;

/// Writes the component of a guest that imports `interfaces` and exports `exports`, whose code is
/// `body`. Its memory has 1 MiB; what the host allocates in it lies from 65536 to 131072.
pub fn guest(name: &str, interfaces: &[&str], exports: &str, body: &str) -> PathBuf {
    roomy((name, 16), interfaces, exports, body)
}

/// The same, with so many pages of memory.
pub fn roomy(
    (name, pages): (&str, u32),
    interfaces: &[&str],
    exports: &str,
    body: &str,
) -> PathBuf {
    let text = format!(
        r#"(module {body}
          (memory (export "memory") {pages})
          (global $next (mut i32) (i32.const 0))
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (if (i32.gt_u (local.get 3) (i32.const 4096)) (then (return (i32.const 65536))))
            (global.set $next (i32.and (i32.const 32760)
              (i32.add (global.get $next) (i32.add (local.get 3) (i32.const 7)))))
            (i32.add (i32.const 81920) (global.get $next))))"#
    );
    let mut module = wat::parse_str(&text).expect("the guest is well-formed");

    let mut resolve = Resolve::default();
    resolve.push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("wit")).expect("wit/ resolves");
    let imports: String = interfaces.iter().map(|name| format!("import {name}; ")).collect();
    let world = format!("package test:hostile; world guest {{ {imports} {exports} }}");
    let package = resolve.push_str("hostile.wit", &world).expect("the world is well-formed");
    let world = resolve.select_world(&[package], Some("guest")).expect("there is one world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let encoder = ComponentEncoder::default().module(&module).unwrap();
    written(name, &encoder.validate(true).encode().unwrap())
}

/// Writes a component's text or bytes into a file.
pub fn written(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{name}.wasm"));
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Runs a guest of 64 MiB; also gives the most that its process had in memory, in bytes.
pub fn measured(flags: &[&str], program: &Path, words: &[&str]) -> (Ended, u64) {
    let mut command = forebay();
    command.arg("run").args(["--timeout", "60s"]).args(flags);
    if !flags.contains(&"--max-memory") {
        command.args(["--max-memory", "64MiB"]);
    }
    command.arg(program).args(words);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();

    let read = |mut stream: Box<dyn std::io::Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).unwrap();
            bytes
        })
    };
    let stdout = read(Box::new(child.stdout.take().unwrap()));
    let stderr = read(Box::new(child.stderr.take().unwrap()));
    let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());

    let (mut status, mut usage) = (0, std::mem::MaybeUninit::<libc::rusage>::zeroed());
    // SAFETY: both are ours, and the child hasn't been waited for.
    let usage = unsafe {
        assert_eq!(
            libc::wait4(child.id() as i32, &mut status, 0, usage.as_mut_ptr()),
            child.id() as i32
        );
        usage.assume_init()
    };
    let status = std::os::unix::process::ExitStatusExt::from_raw(status);
    let ended = Ended::of(std::process::Output { status, stdout, stderr });
    (ended, usage.ru_maxrss as u64 * 1024)
}

/// Runs a guest that wants the host to hold ever more: the process stays small.
#[track_caller]
pub fn stays_small(flags: &[&str], program: &Path, words: &[&str]) -> Ended {
    let (ended, peak) = measured(flags, program, words);
    assert!(peak < MOST, "{} MiB: {:?} {}", peak >> 20, ended.code, cut(&ended.stderr));
    ended
}

/// It was ended by its host memory budget.
#[track_caller]
pub fn is_ended(flags: &[&str], program: &Path, words: &[&str]) {
    let ended = stays_small(flags, program, words);
    let said = cut(&ended.stderr);
    assert_eq!(ended.code, Some(134), "{said}");
    assert!(said.contains("went over its host memory budget of 268435456 bytes"), "{said}");
    assert!(said.contains("--max-host-memory"), "{said}");
}

fn cut(text: &str) -> String {
    text.chars().take(2000).collect()
}
