//! Streams as arguments: files, standard input, generators; where they stand in a type; what goes
//! wrong.

use std::io::Read;
use std::process::Stdio;

use crate::run::{Ended, built, forebay, run, run_with_input, wat};
use crate::{call, file, scratch};

const TYPED: &str = "rust/typed";

#[test]
fn a_path_standard_input_and_urls_are_opened_for_the_guest() {
    let folder = scratch();
    let path = file(&folder, "a file", b"one two\nthree\n");
    let counted = "{lines: 2, words: 3, bytes: 14}\n";
    let Some(wc) = built("rust/wc") else { return };
    run(&[], &wc, &[&path]).prints(counted);
    run(&[], &wc, &[&format!("file://{}", path.replace(' ', "%20"))]).prints(counted);
    run(&[], &wc, &["--input", &path]).prints(counted);
    run_with_input(&[], &wc, &["-"], b"one two\nthree\n").prints(counted);
    run(&[], &wc, &["data:,one%20two%0Athree%0A"]).prints(counted);
    run(&[], &wc, &["null:"]).prints("{lines: 0, words: 0, bytes: 0}\n");
    run(&[], &wc, &["zero:?len=100"]).prints("{lines: 0, words: 1, bytes: 100}\n");
    let ended = run(&[], &wc, &["random:?len=1KiB"]);
    assert!(ended.stdout.contains("bytes: 1024"), "{ended:?}");
}

#[test]
fn streams_stand_in_options_lists_records_tuples_and_borrows() {
    let folder = scratch();
    let path = file(&folder, "f", b"abc");
    let in_record = format!("{{label: \"x\", input: \"{path}\"}}");
    for (words, expected) in [
        (vec!["of-stream", &path], "3"),
        (vec!["of-borrowed", &path], "3"),
        (vec!["of-list", &path, "data:,xy", &path], "[3, 2, 3]"),
        (vec!["of-list"], "[]"),
        (vec!["measure.of-option", "--input", &path], "some(3)"),
        (vec!["measure.of-option"], "none"),
        (vec!["of-record", &in_record], "x: 3"),
        (vec!["of-record", "json:{\"label\": \"y\", \"input\": \"zero:?len=7\"}"], "y: 7"),
        (vec!["measure.of-tuple", "(\"data:,ab\", \"data:,c\")"], "3"),
        (vec!["of-stream(\"data:,ab\")"], "2"),
    ] {
        let Some(ended) = call(&[], TYPED, &words) else { return };
        ended.prints(&format!("{expected}\n"));
    }
}

#[test]
fn a_descriptor_is_a_file_or_a_directory_with_no_more_rights_than_were_given() {
    let folder = scratch();
    let path = file(&folder, "f", b"abc");
    let directory = folder.path().to_str().unwrap();
    for (word, expected) in [
        (path.clone(), "a file of 3 bytes, to write"),
        (format!("{path}::ro"), "a file of 3 bytes"),
        (directory.to_owned(), "a directory of f"),
        (format!("{directory}::ro"), "a directory of f"),
    ] {
        let Some(ended) = call(&[], TYPED, &["of-descriptor", &word]) else { return };
        ended.prints(&format!("{expected}\n"));
    }
    let Some(ended) = call(&[], TYPED, &["of-descriptor", "tcp://127.0.0.1:1"]) else { return };
    ended.fails(2, &["give a path"]);
}

#[test]
fn the_guest_needs_no_grant_and_gets_none() {
    let Some(wc) = built("rust/wc") else { return };
    let told = forebay().args(["inspect", "--json"]).arg(&wc).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let imports: Vec<&str> =
        report["imports"].as_array().unwrap().iter().filter_map(|i| i["name"].as_str()).collect();
    assert!(imports.iter().all(|name| name.starts_with("wasi:io/")), "{imports:?}");
}

#[test]
fn what_can_not_be_opened_is_said_with_its_parameter_before_the_guest_starts() {
    let Some(wc) = built("rust/wc") else { return };
    run(&[], &wc, &["nowhere.txt"])
        .fails(127, &["cannot read `nowhere.txt`", "isn't there", "parameter `input`"]);
    run(&[], &wc, &["tests"]).fails(2, &["cannot read `tests`", "is a directory"]);
    run(&[], &wc, &["gopher://x/y"]).fails(2, &["no scheme `gopher:`", "`tcp:`", "./"]);
    run(&[], &wc, &["log:x"]).fails(2, &["can only be written"]);
    run(&[], &wc, &["fd:77"]).fails(127, &["wasn't given a descriptor 77"]);
    run(&[], &wc, &["tcp://127.0.0.1"]).fails(2, &["names no port"]);
    let Some(ended) = call(&[], TYPED, &["ask", "data:,x", "t"]) else { return };
    ended.fails(2, &["is not a connection"]);
}

#[test]
fn a_descriptor_of_the_shell_is_passed_on() {
    let folder = scratch();
    let path = file(&folder, "f", b"abc\n");
    let (Some(wc), Some(upper)) = (built("rust/wc"), built("rust/upper")) else { return };
    let shell = |script: &str| {
        let mut command = std::process::Command::new("sh");
        command.args([
            "-c",
            script,
            "sh",
            env!("CARGO_BIN_EXE_forebay"),
            &path,
            wc.to_str().unwrap(),
            upper.to_str().unwrap(),
        ]);
        Ended::of(command.output().unwrap())
    };
    shell("\"$1\" run \"$3\" fd:5 5<\"$2\"").prints("{lines: 1, words: 1, bytes: 4}\n");
    shell("\"$1\" run \"$4\" \"$2\" -o fd:6 6>\"$2.out\" && cat \"$2.out\"").prints("ABC\n");
}

#[test]
fn guests_as_text_need_no_toolchain() {
    let folder = scratch();
    let path = file(&folder, "f", b"hello");
    run(&[], wat("count"), &[&path]).prints("5\n");
    run(&[], wat("count"), &["zero:?len=200000"]).prints("200000\n");
}

/// The most memory that a process ever had, in bytes.
fn peak(child: &std::process::Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

#[test]
fn a_slow_reader_holds_the_producer_and_memory_stays_flat() {
    for (guest, verb) in [("rust/upper", &["run"][..]), ("rust/capitals", &["call"])] {
        let Some(path) = built(guest) else { return };
        let function = if verb == ["call"] { Some("filter.apply") } else { None };
        let mut child = forebay()
            .args(verb)
            .arg(path)
            .args(function)
            .arg("zero:")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = child.stdout.take().unwrap();
        let mut chunk = vec![0; 1 << 20];
        output.read_exact(&mut chunk).unwrap();
        let early = peak(&child);
        for _ in 0..300 {
            output.read_exact(&mut chunk).unwrap();
        }
        let late = peak(&child);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(late < early + (8 << 20), "{guest}: {early} bytes at first, {late} after 300 MiB");
    }
}

#[test]
fn many_files_are_searched_as_one_list() {
    let Some(grep) = built("rust/grep") else { return };
    let folder = scratch();
    let (a, b) = (file(&folder, "a", b"alpha\nbeta\n"), file(&folder, "b", b"gamma\nALPHA"));
    let ended = run(&[], &grep, &["alpha", &a, &b, "--ignore-case"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str(), ended.stderr.as_str()),
        (Some(0), "1:alpha\n2:ALPHA\n", "2\n")
    );
    run(&[], &grep, &["(", &a]).fails(1, &["regex parse error"]);
}

#[test]
fn lists_records_enums_and_flags_are_added_up() {
    let Some(sum) = built("rust/sum") else { return };
    run(&[], &sum, &["1", "2", "3.6", "--rounding", "floor"]).prints("6\n");
    run(&[], &sum, &["1", "-2", "--ignored", "negative"]).prints("1\n");
    run(&[], &sum, &["1", "2", "--line", "{factor: 2, offset: 1}"]).prints("8\n");
    run(&[], &sum, &["1", "inf"]).fails(1, &["inf can't be added"]);
}
