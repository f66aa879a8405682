//! A case's specification: `NAME.json` beside `NAME.wasm`, old form or operations (the suite's
//! specification.md).

use std::path::Path;

use serde_json::Value;

/// What is done with a case, in order.
#[derive(Debug)]
pub struct Spec {
    /// The proposals it needs, e.g. `sockets`.
    pub proposals: Vec<String>,
    /// Whether the program is served.
    pub served: bool,
    /// The servers that the program asks.
    pub servers: Vec<Value>,
    /// The steps.
    pub operations: Vec<Operation>,
}

/// One step.
#[derive(Debug)]
pub enum Operation {
    /// Start the program.
    Run { args: Vec<String>, env: Vec<(String, String)>, root: Option<String> },
    /// The next bytes of standard output.
    Read { payload: String },
    /// Bytes for standard input.
    Write { payload: String },
    /// Connect to the address that the program prints.
    Connect,
    /// Send over the connection.
    Send { payload: String },
    /// The next bytes of the connection.
    Receive { payload: String },
    /// Wait for the end.
    Wait { exit_code: i32 },
    /// Ask the program, which is served.
    Request(Value),
    /// Send it a signal.
    Kill { signal: String },
}

/// Reads the specification of the case `wasm`.
pub fn read(wasm: &Path) -> Result<Spec, String> {
    let text = match std::fs::read_to_string(wasm.with_extension("json")) {
        Ok(text) => text,
        Err(_) => "{}".to_owned(),
    };
    let value: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let operations = match value["operations"].as_array() {
        Some(list) => list.iter().map(operation).collect::<Result<_, _>>()?,
        None => legacy(&value),
    };
    Ok(Spec {
        proposals: strings(&value["proposals"]),
        served: value["world"] == "wasi:http/service",
        servers: value["servers"].as_array().cloned().unwrap_or_default(),
        operations,
    })
}

fn legacy(value: &Value) -> Vec<Operation> {
    let mut steps = vec![start(value)];
    if let Some(stdout) = value["stdout"].as_str() {
        steps.push(Operation::Read { payload: stdout.to_owned() });
    }
    steps.push(wait(value));
    steps
}

fn operation(value: &Value) -> Result<Operation, String> {
    let payload = value["payload"].as_str().unwrap_or_default().to_owned();
    match value["type"].as_str() {
        Some("run") => Ok(start(value)),
        Some("read") => Ok(Operation::Read { payload }),
        Some("write") => Ok(Operation::Write { payload }),
        Some("connect") => Ok(Operation::Connect),
        Some("send") => Ok(Operation::Send { payload }),
        Some("recv") => Ok(Operation::Receive { payload }),
        Some("wait") => Ok(wait(value)),
        Some("request") => Ok(Operation::Request(value.clone())),
        Some("kill") => {
            let signal = value["signal"].as_str().unwrap_or("SIGTERM").to_owned();
            Ok(Operation::Kill { signal })
        }
        other => Err(format!("unknown operation {other:?}")),
    }
}

fn start(value: &Value) -> Operation {
    let env = value["env"].as_object().into_iter().flatten();
    Operation::Run {
        args: strings(&value["args"]),
        env: env
            .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
        root: value["root"].as_str().map(str::to_owned),
    }
}

fn wait(value: &Value) -> Operation {
    Operation::Wait { exit_code: value["exit_code"].as_i64().unwrap_or(0) as i32 }
}

fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}
