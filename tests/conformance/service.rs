//! A case that is served, and asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command};

use serde_json::Value;

/// Where a server says that it listens. The rest of what it says is kept from filling its pipe.
pub fn address(child: &mut Child) -> Result<String, String> {
    let stderr = child.stderr.take().ok_or("its standard error isn't ours")?;
    let mut lines = BufReader::new(stderr).lines();
    let mut said = String::new();
    for line in lines.by_ref().map_while(Result::ok) {
        if let Some(url) = line.strip_prefix("listening on http://") {
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(url.trim_end_matches('/').to_owned());
        }
        said += &line;
    }
    Err(format!("it doesn't listen: {said}"))
}

/// Makes a request, and compares the answer.
pub fn ask(address: &str, request: &Value) -> Result<(), String> {
    let io = |error: std::io::Error| format!("{request}: {error}");
    let method = request["method"].as_str().unwrap_or("GET");
    let path = request["path"].as_str().unwrap_or("/");
    let body = request["body"].as_str().unwrap_or_default();
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in request["headers"].as_object().into_iter().flatten() {
        head += &format!("{name}: {}\r\n", value.as_str().unwrap_or_default());
    }
    head += &format!("content-length: {}\r\n\r\n{body}", body.len());

    let mut stream = TcpStream::connect(address).map_err(io)?;
    stream.write_all(head.as_bytes()).map_err(io)?;
    let mut text = String::new();
    stream.read_to_string(&mut text).map_err(io)?;
    compare(&text, &request["response"]).map_err(|why| format!("{method} {path}: {why}: {text}"))
}

fn compare(text: &str, wanted: &Value) -> Result<(), String> {
    let (head, body) = text.split_once("\r\n\r\n").ok_or("it's no answer")?;
    let status = head.split(' ').nth(1).and_then(|word| word.parse::<u64>().ok());
    if status != Some(wanted["status"].as_u64().unwrap_or(200)) {
        return Err(format!("the status isn't {}", wanted["status"]));
    }
    for (name, value) in wanted["headers"].as_object().into_iter().flatten() {
        let field = format!("{name}: {}", value.as_str().unwrap_or_default()).to_lowercase();
        if !head.to_lowercase().lines().any(|line| line == field) {
            return Err(format!("there is no `{field}`"));
        }
    }
    match wanted["body"].as_str() {
        Some(wanted) if !body.contains(wanted) => Err(format!("the body isn't {wanted:?}")),
        _ => Ok(()),
    }
}

/// Sends a signal by its name.
pub fn kill(child: &Child, signal: &str) -> Result<(), String> {
    let name = signal.trim_start_matches("SIG");
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        other => Err(format!("can't send {signal}: {other:?}")),
    }
}
