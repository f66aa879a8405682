//! What a guard allows, refuses and notes.

use super::*;

fn guard(rules: &[&str]) -> Guard {
    let net = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    Guard::new(&Grants { net, ..Grants::default() }, Denials::default())
}

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn nothing_is_allowed_by_default_and_each_denial_names_its_grant() {
    let guard = guard(&[]);
    assert!(!guard.may_dial(Transport::Tcp, at("10.0.0.1:80")));
    assert!(!guard.may_dial(Transport::Udp, at("[::1]:53")));
    assert!(!guard.may_listen(Transport::Tcp, at("0.0.0.0:8080")));
    assert!(!guard.may_look_up("example.com"));
    assert!(!guard.may_request("example.com", 443));
    let needed: Vec<_> = guard.denials().list().into_iter().map(|d| d.grant).collect();
    let rules = [
        "tcp://10.0.0.1:80",
        "udp://[::1]:53",
        "listen+tcp://0.0.0.0:8080",
        "tcp://example.com:*",
        "tcp://example.com:443",
    ];
    assert_eq!(needed, rules.map(|rule| Needed::Net(rule.into())));
}

#[test]
fn a_flag_that_a_denial_names_allows_just_that() {
    for (flag, peer) in [("tcp://10.0.0.1:80", "10.0.0.1:80"), ("tcp://[::1]:80", "[::1]:80")] {
        let guard = guard(&[flag]);
        assert!(guard.may_dial(Transport::Tcp, at(peer)));
        assert!(
            !guard.may_dial(Transport::Udp, at(peer))
                && !guard.may_dial(Transport::Tcp, at("10.0.0.1:81"))
        );
    }
}

#[test]
fn a_granted_name_makes_its_addresses_reachable_and_no_others() {
    let guard = guard(&["tcp://db.example:5432"]);
    assert!(!guard.may_dial(Transport::Tcp, at("10.0.0.9:5432")));
    assert!(guard.may_look_up("DB.example") && !guard.may_look_up("other.example"));
    guard.resolved("DB.example", &["10.0.0.9".parse().unwrap()]);
    assert!(guard.may_dial(Transport::Tcp, at("10.0.0.9:5432")));
    assert!(guard.may_dial(Transport::Tcp, at("[::ffff:10.0.0.9]:5432")));
    assert!(
        !guard.may_dial(Transport::Tcp, at("10.0.0.9:22"))
            && !guard.may_dial(Transport::Tcp, at("10.0.0.8:5432"))
    );
}

#[test]
fn a_listening_rule_for_port_zero_allows_the_port_that_was_chosen_but_not_binding_another() {
    let guard = guard(&["listen+tcp://127.0.0.1:0"]);
    assert!(guard.may_bind(Transport::Tcp, at("127.0.0.1:0")));
    assert!(guard.may_listen(Transport::Tcp, at("127.0.0.1:41234")));
    assert!(!guard.may_listen(Transport::Tcp, at("0.0.0.0:41234")));
    assert!(!guard.may_bind(Transport::Tcp, at("127.0.0.1:9999")));
}

#[test]
fn datagrams_come_from_peers_one_may_send_to_or_to_a_granted_listener() {
    assert!(!guard(&[]).may_receive(at("10.0.0.1:53")));
    assert!(guard(&["udp://10.0.0.1:53"]).may_receive(at("10.0.0.1:53")));
    assert!(guard(&["listen+udp://127.0.0.1:0"]).may_receive(at("10.9.9.9:1")));
}

fn holding(grants: &[&str]) -> Guard {
    let directories = grants.iter().map(|grant| grant.parse().unwrap()).collect();
    Guard::new(&Grants { directories, ..Grants::default() }, Denials::default())
}

#[test]
fn the_nearest_directory_decides() {
    let guard = holding(&["a::/w", "b::/w/d::ro", "c", "d::./x"]);
    let below = |path: &str| {
        guard.may_open(Path::new(path), false).map(|below| (below.grant, below.path)).ok()
    };
    let at = |grant: usize, path: &str| Some((grant, PathBuf::from(path)));
    assert_eq!(below("/w/f"), at(0, "f"));
    assert_eq!(below("/w"), at(0, ""));
    assert_eq!(below("/w/./d//f"), at(1, "f"));
    assert_eq!(below("/w/e/../d/f"), at(0, "e/../d/f"));
    assert_eq!(below("./c/f"), at(2, "f"));
    assert_eq!(below("x/f"), at(3, "f"));
    for outside in ["/wd/f", "/", "f", "w/f", "../c/f"] {
        assert_eq!(below(outside), None, "{outside}");
    }
    assert!(guard.may_open(Path::new("/w/d/f"), true).is_err());
}

#[test]
fn a_guest_is_never_told_where_a_directory_is_on_the_host() {
    let guard = holding(&["/secret/place::/w::ro"]);
    for (path, write) in [("/w/f", true), ("/x", false), ("/x", true)] {
        let told = guard.may_open(Path::new(path), write).unwrap_err();
        assert!(!told.contains("secret"), "{told}");
    }
    assert!(!guard.refused_open(Path::new("/w/../x"), false).contains("secret"));
}
