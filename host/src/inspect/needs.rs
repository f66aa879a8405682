//! Which grants a program could make use of, as flags that can be pasted into `forebay run`.

use crate::inspect::Report;

/// Flags in a stable order. They are the widest that make sense; a careful user narrows them.
pub(super) fn flags(report: &Report) -> Vec<String> {
    let uses = |interface: &str, function: &str| {
        report.imports.iter().any(|import| {
            import.name == interface
                && import.functions.iter().any(|own| own.name.starts_with(function))
        })
    };
    let mut flags = Vec::new();
    if uses("wasi:filesystem/types", "[method]descriptor.open-at")
        || uses("forebay:stream/open", "source")
    {
        flags.push("--dir .".to_owned());
    }
    if uses("wasi:cli/environment", "get-environment") {
        flags.push("--env-inherit".to_owned());
    }
    let dials = uses("wasi:sockets/tcp", "[method]tcp-socket.start-connect")
        || uses("wasi:sockets/types", "[method]tcp-socket.connect")
        || uses("wasi:http/outgoing-handler", "handle")
        || uses("wasi:http/client", "send")
        || uses("forebay:stream/open", "dial");
    if dials {
        flags.push("--net 'tcp://*:*'".to_owned());
    }
    if uses("wasi:sockets/tcp", "[method]tcp-socket.start-listen")
        || uses("wasi:sockets/types", "[method]tcp-socket.listen")
    {
        flags.push("--net 'listen+tcp://127.0.0.1:*'".to_owned());
    }
    let udp = uses("wasi:sockets/udp", "[method]udp-socket.stream")
        || uses("wasi:sockets/types", "[method]udp-socket.send");
    if udp {
        flags.push("--net 'udp://*:*'".to_owned());
    }
    flags
}
