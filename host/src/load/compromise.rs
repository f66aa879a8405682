//! What a legacy module may do that standard WASI has no way of expressing: said when a component
//! of it is kept.

use crate::config::Legacy;
use crate::load::module::{Facts, PREVIEW0, PREVIEW1};

/// Functions, and what becomes of them.
const TABLE: [(&str, &str); 6] = [
    (
        "sock_setsockopt",
        "TCP_NODELAY, SO_REUSEADDR and SO_BROADCAST have no effect; SO_LINGER and SO_BINDTODEVICE fail",
    ),
    ("sock_open", "a Unix socket can't be opened: ENOTSUP"),
    ("sock_getaddrinfo", "a service is a port number: names of services aren't known"),
    ("sock_recv_from", "a datagram can't be looked at before it is received: ENOTSUP"),
    ("fd_allocate", "it makes the file longer, but reserves no blocks"),
    ("fd_fdstat_set_rights", "rights can't be given up: ENOTSUP"),
];

/// Functions of Dagger and CommonWA that open URLs.
const OPENING: [&str; 3] = ["log_write", "open", "resource_open"];

/// The lines that concern a module, in the order of the table.
pub(super) fn of(facts: &Facts, options: &Legacy) -> Vec<String> {
    let imports = |name: &str| {
        let own = |(module, field): &(String, String)| {
            (module == PREVIEW1 || module == PREVIEW0)
                && field.strip_suffix("_v2").unwrap_or(field) == name
        };
        facts.imports.iter().any(own)
    };
    let mut lines: Vec<String> = TABLE
        .iter()
        .filter(|(name, _)| imports(name))
        .map(|(name, what)| format!("`{name}`: {what}"))
        .collect();
    if options.wasi_patch < Legacy::NEWEST && imports("proc_exit") {
        lines.push(format!(
            "`proc_exit`: WASI 0.2.{} has no exit codes; each but 0 becomes 1",
            options.wasi_patch
        ));
    }
    let opens = facts.resources.iter().filter(|(_, field)| OPENING.contains(&field.as_str()));
    lines.extend(opens.map(|(_, field)| {
        format!("`{field}`: it opens URLs through `forebay:stream`, which only hosts of ours have")
    }));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::module::facts;

    #[test]
    fn only_what_a_module_imports_is_said() {
        let module = wat::parse_str(
            r#"(module (import "wasi_snapshot_preview1" "sock_open_v2" (func (param i32 i32 i32) (result i32)))
                 (import "env" "fd_allocate" (func)) (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))"#,
        );
        let facts = facts("x", &module.unwrap()).unwrap();
        let said = of(&facts, &Legacy::default());
        assert!(said.len() == 1 && said[0].contains("Unix socket"), "{said:?}");
        let said = of(&facts, &Legacy { wasi_patch: 3, ..Legacy::default() });
        assert!(said.len() == 2 && said[1].contains("0.2.3"), "{said:?}");
    }
}
