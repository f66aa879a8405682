//! Routes of a manifest: guests and files by host, path, selector and port.

use std::io::Write as _;
use std::net::TcpStream;

use support::places::{built, file, scratch};
use support::run::forebay;

use crate::server::{Server, read};

/// Asks for a path of a host, and gives the whole reply.
fn get(address: &str, host: &str, path: &str, fields: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}Connection: close\r\n\r\n")
        .unwrap();
    read(stream)
}

#[test]
fn all_kinds_of_guests_and_files_stand_side_by_side() {
    let (Some(page), Some(hole), Some(yuechu)) =
        (built("c/page"), built("c/hole"), built("c/yuechu"))
    else {
        return;
    };
    let folder = scratch();
    let public = folder.path().join("public");
    std::fs::create_dir(&public).unwrap();
    std::fs::write(public.join("index.html"), "the root").unwrap();
    std::fs::write(public.join("a.txt"), "0123456789").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", public.join("out")).unwrap();
    let text = format!(
        r#"main = "page"
           [guest.page]
           source = {page:?}
           env = {{ OWN = "1" }}
           [guest.hole]
           source = {hole:?}
           [guest.yuechu]
           source = {yuechu:?}
           [route."/cgi-bin/*"]
           guest = "page"
           [route."upper.example/*"]
           guest = "yuechu"
           content-type = "text/plain"
           [route."/static/*"]
           files = "public"
           [route."gopher:/*"]
           guest = "hole"
           [route."gopher:/shout"]
           guest = "yuechu"
           type = "binary"
           [route."tcp:"]
           guest = "yuechu"
           per = "line""#
    );
    let manifest = file(&folder, "forebay.toml", text.as_bytes());
    let flags = ["--http", "127.0.0.1:0", "--tcp", "127.0.0.1:0", "--gopher", "127.0.0.1:0"];
    let mut server = Server::start(&flags, manifest);
    let (tcp, gopher) = (server.next_url(), server.next_url());
    let get = |host: &str, path: &str, fields: &str| get(server.address(), host, path, fields);

    let reply = get("h", "/cgi-bin/x", "");
    assert!(
        reply.contains("X_MATCHED_ROUTE /cgi-bin/*\n") && reply.contains("SCRIPT_NAME /cgi-bin\n"),
        "{reply}"
    );
    assert!(reply.contains("PATH_INFO /x\n"), "{reply}");
    let reply = get("Upper.Example:1", "/any", "");
    assert!(
        reply.starts_with("HTTP/1.1 200 ") && reply.contains("content-type: text/plain"),
        "{reply}"
    );
    for path in ["/", "/cgi-binx", "/staticx", "/static/out", "/static/none"] {
        assert!(get("h", path, "").starts_with("HTTP/1.1 404 "), "{path}");
    }
    assert!(get("h", "/static/", "").ends_with("\r\n\r\nthe root"));
    assert!(get("h", "/static", "").contains("location: /static/\r\n"));
    let part = get("h", "//static/a.txt", "Range: bytes=2-4\r\n");
    assert!(part.starts_with("HTTP/1.1 206 ") && part.ends_with("\r\n\r\n234"), "{part}");
    assert!(part.contains("content-range: bytes 2-4/10\r\n"), "{part}");
    assert!(get("h", "/static/../cgi-bin/x", "").starts_with("HTTP/1.1 400 "));

    let ask = |url: &str, line: &str| {
        let mut stream =
            TcpStream::connect(url.split_once("://").unwrap().1.trim_end_matches('/')).unwrap();
        stream.write_all(line.as_bytes()).unwrap();
        read(stream)
    };
    assert_eq!(ask(&tcp, "line\n"), "LINE");
    assert_eq!(ask(&gopher, "/shout\tred\r\n"), "RED");
    assert!(ask(&gopher, "/about\r\n").starts_with("Every route"));
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn a_guest_of_a_route_has_the_guests_that_it_needs_and_its_own_grants() {
    let (Some(page), Some(caller), Some(callee)) =
        (built("c/page"), built("rust/caller-1"), built("rust/callee-1"))
    else {
        return;
    };
    let folder = scratch();
    let text = format!(
        r#"main = "page"
           [guest.page]
           source = {page:?}
           [guest.caller]
           source = {caller:?}
           [guest.callee]
           source = {callee:?}
           [route."/page/*"]
           guest = "page"
           [route."/app/*"]
           guest = "caller"
           content-type = "text/plain""#
    );
    let manifest = file(&folder, "forebay.toml", text.as_bytes());
    let server = Server::start(&["--http", "127.0.0.1:0"], manifest);
    assert!(get(server.address(), "h", "/page/", "").starts_with("HTTP/1.1 200 "));
    assert!(get(server.address(), "h", "/app/", "").starts_with("HTTP/1.1 200 "));
    assert!(get(server.address(), "h", "/other", "").starts_with("HTTP/1.1 404 "));
}

#[test]
fn what_a_manifest_gets_wrong_is_told_before_anything_is_served() {
    let (Some(page), Some(parrot)) = (built("c/page"), built("rust/parrot")) else { return };
    let folder = scratch();
    let refused = |more: &str, why: &str| {
        let text = format!(
            "main = \"page\"\n[guest.page]\nsource = {page:?}\n[guest.parrot]\nsource = {parrot:?}\n{more}"
        );
        let manifest = file(&folder, "forebay.toml", text.as_bytes());
        let flags = ["serve", "--http", "127.0.0.1:0", &manifest];
        let output = forebay().args(flags).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(why) && !said.contains("listening"), "{why}:\n{said}");
    };
    refused("[route.\"/x\"]\nguest = \"parrot\"", "is handed connections, and no HTTP requests");
    refused(
        "[route.\"/x\"]\nfiles = \"nowhere\"\n[route.\"tcp:\"]\nguest = \"parrot\"",
        "cannot show the files",
    );
    refused("[route.\"/x\"]\nguest = \"pge\"", "there is no guest `pge`; is it `page`?");
    refused("[event.x]\nguest = \"parrot\"\nevery = \"1s\"", "can't run `parrot`");
    // A guest that no route, no event and no other guest needs is a slip.
    refused("[route.\"/x\"]\nguest = \"page\"", "parrot");
}
