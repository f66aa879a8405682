//! The servers that a case's program asks: endpoints by method and path.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use serde_json::Value;

/// Starts a server that a specification describes; where it is. One that is `closed` isn't there.
pub fn start(spec: &Value) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    if spec["kind"] == "closed" {
        return Ok(address);
    }
    let endpoints = spec["endpoints"].as_array().cloned().unwrap_or_default();
    // It ends with the process.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let endpoints = endpoints.clone();
            // A program may break off.
            std::thread::spawn(move || drop(converse(stream, &endpoints)));
        }
    });
    Ok(address)
}

fn converse(stream: TcpStream, endpoints: &[Value]) -> io::Result<()> {
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut words = first.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());

    let mut fields = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        fields.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let sent = body(&mut reader, &fields)?;

    let found = endpoints.iter().find(|one| one["method"] == method && one["path"] == path);
    let (mut head, body) = match found {
        None => ("HTTP/1.1 404 Not Found\r\n".to_owned(), Vec::new()),
        Some(one) if one["mode"] == "echo-body" => ("HTTP/1.1 200 OK\r\n".to_owned(), sent),
        Some(one) if one["mode"] == "echo-headers" => {
            let mut head = "HTTP/1.1 200 OK\r\n".to_owned();
            for (name, value) in &fields {
                head += &format!("x-echo-{name}: {value}\r\n");
            }
            head += &format!("x-request-method: {method}\r\nx-request-path: {path}\r\n");
            (head, Vec::new())
        }
        Some(one) => {
            let response = &one["response"];
            let status = response["status"].as_u64().unwrap_or(200);
            let body = response["body"].as_str().unwrap_or_default();
            (format!("HTTP/1.1 {status} So\r\n"), body.as_bytes().to_vec())
        }
    };
    head += &format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    writer.write_all(head.as_bytes())?;
    if method != "HEAD" {
        writer.write_all(&body)?;
    }
    Ok(())
}

fn body(reader: &mut impl BufRead, fields: &[(String, String)]) -> io::Result<Vec<u8>> {
    let field = |wanted: &str| fields.iter().find(|(name, _)| name == wanted);
    let mut bytes = Vec::new();
    if field("transfer-encoding").is_none() {
        let length = field("content-length").and_then(|(_, text)| text.parse().ok()).unwrap_or(0);
        reader.take(length).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let size = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        reader.take(size).read_to_end(&mut bytes)?;
        reader.read_line(&mut String::new())?;
        if size == 0 {
            return Ok(bytes);
        }
    }
}
