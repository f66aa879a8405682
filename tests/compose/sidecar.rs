//! The example `components/sidecar` through the binary: a Python app, a Rust mesh, a C audit, and
//! what each may do.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::JoinHandle;

use crate::run::{Ended, built, forebay};
use crate::scratch;

/// One at a time: all are the same composition, which is compiled once.
static TURN: Mutex<()> = Mutex::new(());

/// Answers one request a status, each on a connection of its own, and gives the requests' heads.
fn server(statuses: &'static [&'static str]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let serve = move || {
        let answer = |status: &&str| {
            let (mut peer, _) = listener.accept().unwrap();
            let lines = BufReader::new(peer.try_clone().unwrap()).lines().map(Result::unwrap);
            let head = lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
            let headers = "server: s\r\nx-kept: yes\r\ncontent-length: 6\r\nconnection: close";
            write!(peer, "HTTP/1.1 {status}\r\n{headers}\r\n\r\nhello\n").unwrap();
            head
        };
        statuses.iter().map(answer).collect()
    };
    (port, std::thread::spawn(serve))
}

/// A folder with the example's manifest, in which the server is at `port`; `None` where the guests
/// weren't built.
fn example(port: &str) -> Option<tempfile::TempDir> {
    let folder = scratch();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("components/sidecar");
    let mut manifest =
        std::fs::read_to_string(source.join("forebay.toml")).unwrap().replace("8080", port);
    for guest in ["app", "mesh", "audit"] {
        let built = built(&format!("sidecar/{guest}"))?;
        let named = format!("../../target/components/sidecar/{guest}.wasm");
        assert!(manifest.contains(&named));
        manifest = manifest.replace(&named, built.to_str().unwrap());
    }
    manifest =
        manifest.replace("audit/audit.wit", source.join("audit/audit.wit").to_str().unwrap());
    std::fs::write(folder.path().join("forebay.toml"), manifest).unwrap();
    std::fs::create_dir(folder.path().join("log")).unwrap();
    Some(folder)
}

fn run(folder: &tempfile::TempDir, flags: &[&str], args: &[&str]) -> Ended {
    let mut command = forebay();
    command.current_dir(folder.path()).arg("run").args(flags).arg("forebay.toml").args(args);
    Ended::of(command.output().unwrap())
}

fn log(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("log/audit.log")
}

#[test]
fn a_request_goes_through_the_mesh_and_is_audited() {
    let _turn = TURN.lock();
    let (port, server) = server(&["503 Busy", "200 OK", "404 Not Found"]);
    let Some(folder) = example(&port) else { return };
    let headers = "content-length=6 x-kept=yes\nhello\n";
    run(&folder, &[], &["/a?b=c", "/d"]).prints(&format!("/a?b=c: 200 {headers}/d: 404 {headers}"));
    let at = format!("http://127.0.0.1:{port}");
    let lines = format!("1 {at}/a?b=c 503\n1 {at}/a?b=c 200\n2 {at}/d 404\n");
    assert_eq!(std::fs::read_to_string(log(&folder)).unwrap(), lines);
    let requests = server.join().unwrap();
    assert!(requests[1].starts_with("GET /a?b=c HTTP/1.1"), "{requests:?}");
    assert!(
        requests[2].contains("x-request-id: 2") && requests[2].contains("via: 1.1 mesh"),
        "{requests:?}"
    );
    assert!(
        requests
            .iter()
            .all(|head| head.contains("accept: text/plain") && !head.contains("x-debug"))
    );
}

#[test]
fn retries_have_a_budget() {
    let _turn = TURN.lock();
    let (port, server) = server(&["503 Busy"; 5]);
    let Some(folder) = example(&port) else { return };
    let ended = run(&folder, &[], &["/a", "/b"]);
    assert_eq!(ended.stdout.matches("Exhausted(value='status 503')").count(), 2, "{ended:?}");
    // Three retries in all, as the manifest says.
    assert_eq!(std::fs::read_to_string(log(&folder)).unwrap().lines().count(), 5);
    server.join().unwrap();
}

#[test]
fn only_the_audit_can_write_its_log() {
    let _turn = TURN.lock();
    let (port, server) = server(&["200 OK"; 2]);
    let Some(folder) = example(&port) else { return };
    let ended = run(&folder, &[], &["-o", "/log/audit.log", "/"]);
    assert!(ended.stdout.ends_with("/log/audit.log: No such file or directory\n"), "{ended:?}");
    // A folder of its own under the same name is not the audit's.
    std::fs::create_dir(folder.path().join("own")).unwrap();
    run(&folder, &["--dir", "own::/log"], &["-o", "/log/audit.log", "/"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("own/audit.log")).unwrap(), "hello\n");
    let line = format!("1 http://127.0.0.1:{port}/ 200\n");
    assert_eq!(std::fs::read_to_string(log(&folder)).unwrap(), line.repeat(2));
    server.join().unwrap();

    // The mesh has no way to ask for a file, and neither it nor the app is granted a folder.
    let ended = Ended::of(
        forebay()
            .current_dir(folder.path())
            .args(["explain", "--json", "forebay.toml"])
            .output()
            .unwrap(),
    );
    let explained: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let guest = |name: &str| {
        explained["guests"].as_array().unwrap().iter().find(|guest| guest["name"] == name).unwrap()
    };
    assert!(!guest("mesh")["authority"].to_string().contains("filesystem"), "{explained}");
    assert_eq!(guest("app")["grants"].as_array().unwrap().len(), 0);
    assert_eq!(guest("audit")["grants"].as_array().unwrap().len(), 1);
}

#[test]
fn the_mesh_reaches_only_its_server() {
    let _turn = TURN.lock();
    let (port, _) = server(&["200 OK"]);
    let Some(folder) = example("9") else { return };
    let elsewhere = format!("mesh:--env=ROUTES=/=http://127.0.0.1:{port}");
    let ended = run(&folder, &["--grant", &elsewhere], &["/"]);
    let denied = format!(
        "denied: `mesh` may not connect to tcp://127.0.0.1:{port}; allow it with \
         net = [\"tcp://127.0.0.1:{port}\"] in [guest.mesh] of the manifest"
    );
    assert!(ended.stdout.contains("Exhausted") && ended.stderr.contains(&denied), "{ended:?}");
    run(&folder, &["--grant", "app:--net=all"], &["/"]);
    let text = std::fs::read_to_string(log(&folder)).unwrap();
    assert!(!text.contains(" 200"), "{text}");
}
