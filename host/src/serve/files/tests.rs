//! Files as clients see them, and what they don't see.

use std::os::unix::fs::symlink;

use http_body_util::BodyExt as _;

use super::*;

/// A folder with some files.
fn site() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for dir in ["public/docs", "public/.well-known", "public/empty"] {
        std::fs::create_dir_all(at(dir)).unwrap();
    }
    for (name, text) in [
        ("public/index.html", "root"),
        ("public/docs/index.html", "docs"),
        ("public/ten.txt", "0123456789"),
        ("public/.hidden", "no"),
        ("public/.well-known/x", "yes"),
        ("public/a b.txt", "space"),
        ("public/none", ""),
        ("secret", "no"),
    ] {
        std::fs::write(at(name), text).unwrap();
    }
    symlink("../secret", at("public/out")).unwrap();
    symlink("/etc/passwd", at("public/absolute")).unwrap();
    symlink("ten.txt", at("public/within")).unwrap();
    symlink("loop", at("public/loop")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, at("public/pipe"), 0o600.into()).unwrap();
    folder
}

/// A reply as text: status, headers that are asked for, body.
async fn ask(
    files: &Files,
    (method, target): (&Method, &str),
    sent: &[(&str, &str)],
) -> (u16, HeaderMap, String) {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let mut headers = HeaderMap::new();
    for (name, value) in sent {
        headers.append(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
    }
    let path = RequestPath::http(path).unwrap();
    // The route is `/x/*`, or `/*` for what isn't beneath that.
    let named = usize::from(path.parts.first().is_some_and(|part| part == b"x"));
    let request = FileRequest { method, headers: &headers, path: &path, named, query };
    let (parts, body) = files.answer(request).await.unwrap().into_parts();
    let length = http_body::Body::size_hint(&body).exact().unwrap();
    let body = body.collect().await.unwrap().to_bytes();
    assert_eq!(body.len() as u64, length);
    if let Some(told) = parts.headers.get(CONTENT_LENGTH).filter(|_| method != Method::HEAD) {
        assert_eq!(told.to_str().unwrap(), length.to_string());
    }
    (parts.status.as_u16(), parts.headers, String::from_utf8_lossy(&body).into_owned())
}

fn files(folder: &tempfile::TempDir) -> Files {
    Files::new(Folder::open(&folder.path().join("public")).unwrap(), "index.html")
}

#[tokio::test]
async fn files_are_shown_and_nothing_else_is() {
    let folder = site();
    let files = files(&folder);
    for (target, status, body) in [
        ("/x/ten.txt", 200, "0123456789"),
        ("/x//ten.txt", 200, "0123456789"),
        ("/x/", 200, "root"),
        ("/", 200, "root"),
        ("/x/docs/", 200, "docs"),
        ("/x/within", 200, "0123456789"),
        ("/x/a%20b.txt", 200, "space"),
        ("/x/none", 200, ""),
        ("/x/.well-known/x", 200, "yes"),
        ("/x/docs", 308, ""),
        ("/x", 308, ""),
        ("/x/empty/", 404, ""),
        ("/x/ten.txt/", 404, ""),
        ("/x/ten.txt/y", 404, ""),
        ("/x/.hidden", 404, ""),
        ("/x/docs/.well-known", 404, ""),
        ("/x/out", 404, ""),
        ("/x/absolute", 404, ""),
        ("/x/loop", 404, ""),
        ("/x/pipe", 404, ""),
        ("/x/docs%2findex.html", 404, ""),
        ("/x/nothing", 404, ""),
        ("/x/%ff", 404, ""),
    ] {
        let (own, _, text) = ask(&files, (&Method::GET, target), &[]).await;
        assert_eq!(own, status, "{target}");
        assert!(status != 200 || text == body, "{target}: {text}");
        let (own, _, text) = ask(&files, (&Method::HEAD, target), &[]).await;
        assert!(own == status && (status != 200 || text.is_empty()), "HEAD {target}");
    }
    let long = format!("/x/{}", "y".repeat(5000));
    assert_eq!(ask(&files, (&Method::GET, &long), &[]).await.0, 404);
    let (status, headers, _) = ask(&files, (&Method::POST, "/x/ten.txt"), &[]).await;
    assert_eq!((status, &headers[ALLOW]), (405, &HeaderValue::from_static("GET, HEAD")));
}

#[tokio::test]
async fn a_redirect_stays_on_the_server() {
    let folder = site();
    std::fs::create_dir(folder.path().join("public/evil.com")).unwrap();
    let files = files(&folder);
    let (status, headers, _) = ask(&files, (&Method::GET, "//evil.com?a=b"), &[]).await;
    assert_eq!((status, headers[LOCATION].to_str().unwrap()), (308, "/evil%2Ecom/?a=b"));
}

#[tokio::test]
async fn parts_and_changes_are_told_apart() {
    let folder = site();
    let files = files(&folder);
    let get = async |sent: &[(&str, &str)]| ask(&files, (&Method::GET, "/x/ten.txt"), sent).await;
    let (_, headers, _) = get(&[]).await;
    assert_eq!(headers[CONTENT_TYPE], "text/plain; charset=utf-8");
    let (etag, modified) =
        (headers[ETAG].to_str().unwrap(), headers[LAST_MODIFIED].to_str().unwrap());

    let (status, headers, body) = get(&[("range", "bytes=2-4")]).await;
    assert_eq!(
        (status, &headers[CONTENT_RANGE], body.as_str()),
        (206, &"bytes 2-4/10".parse().unwrap(), "234")
    );
    let (status, headers, _) = get(&[("range", "bytes=10-")]).await;
    assert_eq!((status, &headers[CONTENT_RANGE]), (416, &"bytes */10".parse().unwrap()));
    let (status, headers, body) = get(&[("range", "bytes=0-1,-1")]).await;
    let boundary = headers[CONTENT_TYPE].to_str().unwrap().split_once("boundary=").unwrap().1;
    let part = |range: &str, text: &str| {
        format!(
            "\r\n--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes {range}/10\r\n\r\n{text}"
        )
    };
    let expected = format!("{}{}\r\n--{boundary}--\r\n", part("0-1", "01"), part("9-9", "9"));
    assert_eq!((status, body), (206, expected));

    assert_eq!(get(&[("if-none-match", etag)]).await.0, 304);
    assert_eq!(get(&[("if-modified-since", modified)]).await.0, 304);
    assert_eq!(get(&[("if-match", "\"x\"")]).await.0, 412);
    assert_eq!(get(&[("range", "bytes=0-0"), ("if-range", "\"x\"")]).await.0, 200);
    assert_eq!(get(&[("range", "bytes=0-0"), ("if-range", etag)]).await.0, 206);

    std::fs::write(folder.path().join("public/ten.txt"), "other").unwrap();
    let (status, _, body) = get(&[("if-none-match", etag)]).await;
    assert_eq!((status, body.as_str()), (200, "other"));
}

#[tokio::test]
async fn a_large_file_comes_in_pieces_and_one_that_shrinks_breaks_off() {
    let folder = site();
    let path = folder.path().join("public/large.bin");
    let bytes: Vec<u8> = (0..300_000u32).map(|number| number as u8).collect();
    std::fs::write(&path, &bytes).unwrap();
    let files = files(&folder);
    let request = async || {
        let path = RequestPath::http("/large.bin").unwrap();
        let headers = HeaderMap::new();
        let request = FileRequest {
            method: &Method::GET,
            headers: &headers,
            path: &path,
            named: 0,
            query: None,
        };
        files.answer(request).await.unwrap().into_body()
    };
    assert_eq!(request().await.collect().await.unwrap().to_bytes(), bytes);

    let mut body = request().await;
    body.frame().await.unwrap().unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(70_000).unwrap();
    let rest = body.collect().await;
    assert_eq!(rest.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

#[tokio::test]
async fn one_file_can_be_shown_alone() {
    let folder = site();
    let one =
        Files::new(Folder::open(&folder.path().join("public/ten.txt")).unwrap(), "index.html");
    let (status, headers, body) = ask(&one, (&Method::GET, "/x"), &[]).await;
    assert_eq!((status, body.as_str()), (200, "0123456789"));
    assert_eq!(headers[CONTENT_TYPE], "text/plain; charset=utf-8");
    assert_eq!(ask(&one, (&Method::GET, "/x/y"), &[]).await.0, 404);
    assert_eq!(
        Folder::open(&folder.path().join("nowhere")).unwrap_err().class(),
        crate::error::Class::NotFound
    );
}
