//! Every interface of the host, a line each. To add one, write the function that defines it in
//! `capability/`, and its line here. Without that function, nothing compiles.
//!
//! A group says the package, the line of versions, and the file of `capability/`. A line says how
//! code calls the interface, its name, how guests of one store share it, and the function.
//!
//! The label of what a guest has for itself is one word, without a hyphen, so that no two guests'
//! names and labels make the same name.

/// Hands the lines to the macro `$reader`.
macro_rules! catalogue { ($reader:ident) => { $reader! {
    "forebay:stream" forebay in stream03 {
        StreamAsyncConnection: "async-connection", Shared, connection;
        StreamAsyncListener: "async-listener", Shared, listener;
        StreamAsyncOpen: "async-open", Own("asyncopen"), open;
    }

    "forebay:stream" forebay in stream02 {
        StreamConnection: "connection", Shared, connection;
        StreamErrors: "errors", Shared, errors;
        StreamListener: "listener", Shared, listener;
        StreamOpen: "open", Own("open"), open;
    }

    "forebay:preview1" forebay in preopens {
        Preview1Preopens: "preopens", MainOnly, define;
    }

    "wasi:cli" wasi02 in cli {
        CliEnvironment02: "environment", Own("environment"), wasi02::environment;
        CliExit02: "exit", Shared, wasi02::exit;
        CliStderr02: "stderr", Own("stderr"), wasi02::stderr;
        CliStdin02: "stdin", Own("stdin"), wasi02::stdin;
        CliStdout02: "stdout", Own("stdout"), wasi02::stdout;
        CliTerminalInput02: "terminal-input", Shared, wasi02::terminal_input;
        CliTerminalOutput02: "terminal-output", Shared, wasi02::terminal_output;
        CliTerminalStderr02: "terminal-stderr", Own("terminalstderr"), wasi02::terminal_stderr;
        CliTerminalStdin02: "terminal-stdin", Own("terminalstdin"), wasi02::terminal_stdin;
        CliTerminalStdout02: "terminal-stdout", Own("terminalstdout"), wasi02::terminal_stdout;
    }

    "wasi:clocks" wasi02 in clocks {
        ClocksMonotonic02: "monotonic-clock", Shared, monotonic02;
        ClocksWall02: "wall-clock", Shared, wall02;
    }

    "wasi:filesystem" wasi02 in filesystem {
        FilesystemPreopens02: "preopens", Own("preopens"), wasi02::preopens;
        FilesystemTypes02: "types", Shared, wasi02::types;
    }

    "wasi:http" wasi02 in http {
        HttpOutgoingHandler02: "outgoing-handler", Own("outgoinghandler"), wasi02::outgoing_handler;
        HttpTypes02: "types", Shared, wasi02::types;
    }

    "wasi:io" wasi02 in io {
        IoError02: "error", Shared, error;
        IoPoll02: "poll", Shared, poll;
        IoStreams02: "streams", Shared, streams;
    }

    "wasi:random" wasi02 in random {
        RandomInsecureSeed02: "insecure-seed", Shared, insecure_seed02;
        RandomInsecure02: "insecure", Shared, insecure02;
        Random02: "random", Shared, random02;
    }

    "wasi:sockets" wasi02 in sockets {
        SocketsInstanceNetwork02: "instance-network", Own("instancenetwork"), wasi02::instance;
        SocketsNetwork02: "network", Shared, wasi02::network;
        SocketsTcpCreateSocket02: "tcp-create-socket", Own("tcpcreatesocket"), wasi02::create_tcp;
        SocketsTcp02: "tcp", Shared, wasi02::tcp;
        SocketsUdpCreateSocket02: "udp-create-socket", Own("udpcreatesocket"), wasi02::create_udp;
        SocketsUdp02: "udp", Shared, wasi02::udp;
    }

    "wasi:sockets" wasi02 in lookup {
        SocketsIpNameLookup02: "ip-name-lookup", Own("ipnamelookup"), wasi02::define;
    }

    "wasi:cli" wasi03 in cli {
        CliEnvironment03: "environment", Own("environment3"), wasi03::environment;
        CliExit03: "exit", Shared, wasi03::exit;
        CliStderr03: "stderr", Own("stderr3"), wasi03::stderr;
        CliStdin03: "stdin", Own("stdin3"), wasi03::stdin;
        CliStdout03: "stdout", Own("stdout3"), wasi03::stdout;
        CliTerminalInput03: "terminal-input", Shared, wasi03::terminal_input;
        CliTerminalOutput03: "terminal-output", Shared, wasi03::terminal_output;
        CliTerminalStderr03: "terminal-stderr", Own("terminalstderr3"), wasi03::terminal_stderr;
        CliTerminalStdin03: "terminal-stdin", Own("terminalstdin3"), wasi03::terminal_stdin;
        CliTerminalStdout03: "terminal-stdout", Own("terminalstdout3"), wasi03::terminal_stdout;
        CliTypes03: "types", Shared, wasi03::types;
    }

    "wasi:clocks" wasi03 in clocks {
        ClocksMonotonic03: "monotonic-clock", Shared, monotonic03;
        ClocksSystem03: "system-clock", Shared, system03;
        ClocksTypes03: "types", Shared, types03;
    }

    "wasi:filesystem" wasi03 in filesystem {
        FilesystemPreopens03: "preopens", Own("preopens3"), wasi03::preopens;
        FilesystemTypes03: "types", Shared, wasi03::types;
    }

    "wasi:http" wasi03 in http {
        HttpClient03: "client", Own("client3"), wasi03::client;
        HttpTypes03: "types", Shared, wasi03::types;
    }

    "wasi:random" wasi03 in random {
        RandomInsecureSeed03: "insecure-seed", Shared, insecure_seed03;
        RandomInsecure03: "insecure", Shared, insecure03;
        Random03: "random", Shared, random03;
    }

    "wasi:sockets" wasi03 in lookup {
        SocketsIpNameLookup03: "ip-name-lookup", Own("ipnamelookup3"), wasi03::define;
    }

    "wasi:sockets" wasi03 in sockets {
        SocketsTypes03: "types", MainOnly, wasi03::types;
    }
}}}

pub(crate) use catalogue;
