//! How a grant is written: as a flag, or as a line of a manifest.

use std::collections::BTreeSet;

use forebay::policy::{Denial, Directory, Needed};
use forebay::quote::shell;

/// Guests that a manifest names; they are granted things there.
#[derive(Debug, Default)]
pub struct Listed {
    /// The main guest's name, if it's one of them.
    pub main: Option<String>,
    /// The names of the others.
    pub others: BTreeSet<String>,
}

/// What to write so that the next run isn't refused this.
pub fn remedy(denial: &Denial, listed: &Listed) -> String {
    let table = match &denial.guest {
        None => listed.main.as_deref(),
        Some(guest) => {
            let main = listed.main.as_ref().filter(|main| *main == guest);
            main.or_else(|| listed.others.get(guest)).map(String::as_str)
        }
    };
    match (table, entry(&denial.grant, denial.guest.is_some())) {
        (Some(guest), Some(entry)) => format!("{entry} in [guest.{guest}] of the manifest"),
        _ => flag(&denial.grant, denial.guest.as_deref()),
    }
}

/// As a line of a guest's table; what has none is only a flag. A budget is the guest's `own`, or
/// the whole graph's.
fn entry(grant: &Needed, own: bool) -> Option<String> {
    Some(match grant {
        Needed::Net(rule) => format!("net = [{}]", toml(rule)),
        Needed::Peer(transport) => format!("net = [\"{transport}://HOST:PORT\"]"),
        Needed::Directory(directory) => format!("dirs = [{}]", toml(&written(directory))),
        Needed::Holder => "`dirs`, naming the directory that holds it,".to_owned(),
        Needed::SomeDirectory => "dirs = [\"HOST::GUEST\"]".to_owned(),
        Needed::Memory if own => "limits = { memory = \"SIZE\" }".to_owned(),
        Needed::TableElements if own => "limits = { table-elements = N }".to_owned(),
        Needed::HostMemory if own => "limits = { host-memory = \"SIZE\" }".to_owned(),
        Needed::Memory | Needed::TableElements | Needed::HostMemory => return None,
    })
}

/// As a flag, for a guest besides the main one by `--grant`.
fn flag(grant: &Needed, guest: Option<&str>) -> String {
    let (name, value) = match grant {
        Needed::Net(rule) => ("--net", rule.clone()),
        Needed::Peer(transport) => ("--net", format!("{transport}://HOST:PORT")),
        Needed::Directory(directory) => ("--dir", written(directory)),
        Needed::Holder => match guest {
            None => return "--dir for the directory that holds it".to_owned(),
            Some(guest) => {
                let word = shell(guest);
                return format!(
                    "--grant {word}:--dir=DIR, where DIR is the directory that holds it"
                );
            }
        },
        Needed::SomeDirectory => match guest {
            None => return "--dir HOST::GUEST (e.g. `--dir .`)".to_owned(),
            Some(guest) => return format!("--grant {}:--dir=HOST::GUEST", shell(guest)),
        },
        Needed::Memory => ("--max-memory", "SIZE".to_owned()),
        Needed::HostMemory => ("--max-host-memory", "SIZE".to_owned()),
        Needed::TableElements => ("--max-table-elements", "N".to_owned()),
    };
    match guest {
        Some(guest) => format!("--grant {}", shell(&format!("{guest}:{name}={value}"))),
        // A value that begins like a flag isn't taken for a value.
        None if value.starts_with('-') => shell(&format!("{name}={value}")).into_owned(),
        None => format!("{name} {}", shell(&value)),
    }
}

/// A directory's grant, as short as it can be.
fn written(directory: &Directory) -> String {
    match directory.host.to_str() {
        Some(host) if host == directory.guest && !directory.read_only => host.to_owned(),
        _ => directory.to_string(),
    }
}

/// A string of TOML.
fn toml(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denial(guest: Option<&str>, grant: Needed) -> Denial {
        Denial { guest: guest.map(str::to_owned), what: String::new(), grant }
    }

    fn directory(text: &str) -> Needed {
        Needed::Directory(text.parse().unwrap())
    }

    #[test]
    fn grants_are_flags_that_a_shell_takes_as_they_are() {
        let spelled = |guest, grant| remedy(&denial(guest, grant), &Listed::default());
        let net = |rule: &str| Needed::Net(rule.to_owned());
        assert_eq!(spelled(None, net("tcp://a:1")), "--net tcp://a:1");
        assert_eq!(spelled(None, net("tcp://x';id;':*")), r"--net 'tcp://x'\'';id;'\'':*'");
        assert_eq!(spelled(Some("mesh"), net("tcp://a:*")), "--grant 'mesh:--net=tcp://a:*'");
        assert_eq!(spelled(None, directory("/x::/x")), "--dir /x");
        assert_eq!(spelled(None, directory("/x::/x::ro")), "--dir /x::/x::ro");
        assert_eq!(spelled(None, directory("a b::/$x")), "--dir 'a b::/$x'");
        assert_eq!(spelled(None, directory("-x::-x")), "--dir=-x");
        assert_eq!(spelled(Some("m"), directory("a;b::/c")), "--grant 'm:--dir=a;b::/c'");
    }

    #[test]
    fn a_guest_of_a_manifest_is_granted_things_there() {
        let listed = Listed { main: Some("app".into()), others: ["mesh".to_owned()].into() };
        let spelled = |guest, grant| remedy(&denial(guest, grant), &listed);
        assert_eq!(
            spelled(None, directory("a\"b::/x::ro")),
            r#"dirs = ["a\"b::/x::ro"] in [guest.app] of the manifest"#
        );
        assert_eq!(
            spelled(Some("mesh"), Needed::Net("tcp://a:1".into())),
            r#"net = ["tcp://a:1"] in [guest.mesh] of the manifest"#
        );
        assert_eq!(
            spelled(Some("other"), Needed::Net("tcp://a:1".into())),
            "--grant other:--net=tcp://a:1"
        );
        assert_eq!(spelled(None, Needed::Memory), "--max-memory SIZE");
        let entry = "limits = { memory = \"SIZE\" } in [guest.mesh] of the manifest";
        assert_eq!(spelled(Some("mesh"), Needed::Memory), entry);
        assert_eq!(spelled(Some("other"), Needed::Memory), "--grant other:--max-memory=SIZE");
    }
}
