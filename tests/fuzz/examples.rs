//! What is right, or nearly: chance begins here.

use std::fs;

/// Examples for a case.
pub fn of(case: &str) -> Vec<Vec<u8>> {
    let texts = match case {
        "archive" => return archives(),
        "arguments" => ARGUMENTS,
        "ceiling" => CEILING,
        "docs" | "wit" => {
            return [
                WIT.iter().map(|text| text.as_bytes().to_vec()).collect(),
                files("components", "wit"),
            ]
            .concat();
        }
        "flags" => FLAGS,
        "location" => LOCATIONS,
        "manifest" => return [bytes(MANIFEST), files("components", "toml")].concat(),
        "net_rule" => RULES,
        "reply" => REPLIES,
        "route" => ROUTES,
        "cgi" => CGI,
        "cron" => CRON,
        "gopher" => GOPHER,
        "wac" => WAC,
        "detect" => {
            return files("components/wat", "wat")
                .into_iter()
                .chain(files("tests/guests", "wat"))
                .collect();
        }
        "legacy" => return legacy(),
        "link" => {
            return (0..8)
                .map(|start| {
                    (0..=255)
                        .map(|byte: u8| byte.wrapping_mul(37).wrapping_add(start * 29))
                        .collect()
                })
                .collect();
        }
        other => panic!("no examples for `{other}`"),
    };
    bytes(texts)
}

/// A zip with a file as it is and one that is compressed.
const ZIP: &str = "504b030414000000000000002100c7a78b3b040000000400000003000000642f6674657874504b030414\
    000000080000002100f0711ac406000000280000000100000067aba8200e0000504b0102140314000000\
    000000002100c7a78b3b0400000004000000030000000000000000000000800100000000642f66504b01\
    02140314000000080000002100f0711ac406000000280000000100000000000000000000008001250000\
    0067504b05060000000002000200600000004a0000000000";

/// A tar and a zip.
fn archives() -> Vec<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("it's written in hexadecimal");
    let zip: Vec<u8> =
        ZIP.as_bytes().chunks(2).map(|two| (digit(two[0]) * 16 + digit(two[1])) as u8).collect();
    let entries = [("d/", b'5', "", 0), ("d/f", b'0', "", 4), ("l", b'2', "d/f", 0)];
    let mut tar = Vec::new();
    for (name, kind, target, size) in entries {
        let mut header = [0; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
        header[148..156].fill(b' ');
        header[156] = kind;
        header[157..157 + target.len()].copy_from_slice(target.as_bytes());
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        tar.extend_from_slice(&header);
        if size > 0 {
            tar.extend_from_slice(&[b"text".as_slice(), &[0; 508]].concat());
        }
    }
    tar.extend_from_slice(&[0; 1024]);
    vec![tar, zip]
}

fn bytes(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The small files below a folder of the repository whose names end so, in order.
fn files(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let hidden = entry.ends_with("target") || entry.ends_with("node_modules");
            if entry.is_dir() && !hidden {
                folders.push(entry);
            } else if entry.extension().is_some_and(|own| own == ending) {
                found.push(entry);
            }
        }
    }
    found.sort();
    let small = found.into_iter().map(|path| fs::read(path).unwrap());
    let small: Vec<_> = small.filter(|bytes| bytes.len() < 16 << 10).collect();
    assert!(!small.is_empty(), "{folder}");
    small
}

/// Core modules, behind the byte that chooses how they are wrapped.
fn legacy() -> Vec<Vec<u8>> {
    let modules = files("tests/guests", "wat").into_iter().filter_map(|text| {
        let module = wat::parse_bytes(&text).ok()?.into_owned();
        // A component's version isn't 1.
        (module.get(4) == Some(&1)).then_some(module)
    });
    modules.enumerate().map(|(index, module)| [&[index as u8][..], &module].concat()).collect()
}

const ARGUMENTS: &[&str] = &[
    "1\n-2\n3.5\nx\ntext\ntrue\n{x: 1, y: 2.5}\nsmall\nread,write\nat({x: 1, y: nan})\na\n7\n(1, \"b\")\nok(3)\n-\n{label: \"l\", input: \"-\"}\n[1, 2]",
    "--a\n1\n--no-f\n--g\njson:{\"x\": 1, \"y\": 2}\n--k\na\n--k\nb\n--j\nnamed(\"n\")\n--n\nerr(\"e\")\n--\nrest",
    "1, -2, 0x10, 'x', \"\\u{1F600}\", false, {x: -1, y: inf}, large, {read}, nothing, [\"a\"], none, (1, \"b\"), ok(1)",
    "json:[{\"x\": 1e400}, null, \"\\ud800\"]",
];

const CEILING: &[&str] = &[
    "dirs = [\"/srv::/x::ro\", \"data\"]\nnet = [\"all\"]\nenv = [\"*\"]\nprograms = [\"/opt\"]\nlimits = { memory = \"64MiB\", call-timeout = \"1s\", handles = 7 }\nstdin = \"inherit\"\n[guest.a]\nstderr = \"none\"\nlimits = { call-fuel = 1, table-elements = 2 }",
    "",
];

const MANIFEST: &[&str] = &[
    "main = \"app\"\n[guest.app]\nsource = \"app.wasm\"\ndirs = [\"./data::/data::ro\"]\nenv = { MODE = \"prod\" }\nmounts = { \"/svc/x\" = \"component:x.wasm\" }\n[guest.mesh]\nsource = \"mesh.wasm\"\nnet = [\"tcp://*.example.com:443\", \"all\"]\nargs = [\"--fast\"]\nwit = \"mesh.wit\"\nworld = \"w\"\nstderr = \"inherit\"\nisolate = true\nrestarts = 3\nlimits = { memory = \"32MiB\", call-timeout = \"50ms\", handles = 9 }\n[link]\n\"app:acme:mesh/route\" = \"mesh\"\n[edge.\"app->mesh\"]\nthrough = [\"mesh\"]\n",
];

const FLAGS: &[&str] = &[
    ".::/data::ro",
    "photos::/in",
    "64MiB",
    "1.5GiB",
    "10ms",
    "2h",
    "1000000000",
    "tcp://127.0.0.1:8080?nonblock=0&backlog=7&name=web",
    "tcp://[::1]:0",
    "example.com:80",
];

const LOCATIONS: &[&str] = &[
    "photo.jpg",
    "-",
    "fd:3",
    "file:///a%20b",
    "tcp://127.0.0.1:9000",
    "tls://[::1]:443/",
    "unix:/run/x",
    "https://user:pass@example.com:8443/p?q=1#f",
    "http+post://h/",
    "random:?len=1KiB",
    "zero:",
    "null:",
    "data:text/plain;charset=utf-8;base64,aGVsbG8=",
    "data:,a%20b",
    "mem:x",
    "log:p",
];

const RULES: &[&str] = &[
    "tcp://example.com:443",
    "udp://*.example.com:1-9",
    "listen+tcp://127.0.0.1:8000-8999",
    "tcp://[2001:db8::]/32:*",
    "tcp://10.0.0.0/8:80",
    "listen+udp://*:0",
    "tcp://[::ffff:10.0.0.1]:80",
];

const CGI: &[&str] = &[
    "Content-Type: text/html; charset=utf-8\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n<p>\n\n",
    "Status: 404 Not Found\nLocation: https://example.com/\nContent-Length: 17\n\n",
    "status:302\nTransfer-Encoding: chunked\nX: \u{e4}\nno colon\n: y\n\n\n",
];
const CRON: &[&str] = &["*/5 0-6,12 1,15 JAN-mar mon", "0 0 29 2 *", "@weekly", "30 2 * * 0-7/2"];
const GOPHER: &[&str] = &[
    "/time\tred fish\t+\n1Menu\t/menu\t\t\r\niText\n.\n..x\n",
    "\n.\r\n0A\t/a\texample.com\t7070\n\r\r\n",
];
const ROUTES: &[&str] = &[
    "example.com/api/*\nEXAMPLE.com:80\n/%61pi//x/%2e%2E/y?z",
    "*.example.com:8080/a b/...\na.example.com.:8080\n/a%20b/",
    "gopher:/time/*\n[::1]:70\n/time/x\tquery",
    "tcp:80\nbücher.example\n*",
    "unix:/run/x\n\n/",
];
const REPLIES: &[&str] = &[
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\nuntil the end",
    "HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 301 Moved\r\nLocation: http://[::1]:80/x\r\nConnection: close\r\n\r\n",
];

const WAC: &[&str] = &[
    "package a:x;\nlet mesh = new a:m { ... };\nlet app = new a:a { \"acme:mesh/route\": mesh[\"acme:mesh/route\"], ... };\nexport app...;\n",
    "package a:x@1.0.0 targets a:w;\nimport f: func(x: list<u8>) -> result<string, u32>;\nlet h = new a:h { ... };\nexport h.main as \"main\";\n",
    "package a:x;\ninterface i { record r { a: u8 } flags f { x } resource q { constructor(); } }\nworld w { export i; }\n",
];

const WIT: &[&str] = &[
    "package a:b@0.1.0;\n\n/// A world.\nworld w {\n  /// Adds.\n  export add: func(a: s32, b: s32) -> s32;\n  export to-upper: func(s: string) -> string;\n}\n",
    "package a:b;\ninterface i {\n  record r { /// X.\n a: u8, b: option<list<string>> }\n  variant v { none, some(r) }\n  use other.{t as u};\n  add: func(a: s32, b: s32) -> s32;\n}\nworld w { export i; import i; include x; }\n",
    "{\"interfaces\": {\"i\": {\"docs\": \"d\", \"funcs\": {\"f\": {\"docs\": \"F.\"}}, \"types\": {\"r\": {\"items\": {\"a\": \"A.\"}}}}}, \"worlds\": {\"w\": {\"func_exports\": {\"g\": \"G.\"}}}}",
];
