//! What a guard allows, refuses and notes.

use std::net::SocketAddr;

use super::*;
use crate::policy::Transport;

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
fn of_the_names_below_a_wildcard_one_is_enough() {
    let guard = guard(&["tcp://*.evil.example:80", "tcp://own.example:81"]);
    let address = ["10.0.0.9".parse().unwrap()];
    for number in 0..10_000 {
        guard.resolved(&format!("n{number}.evil.example"), &address);
    }
    guard.resolved("OWN.example", &address);
    assert_eq!(guard.names_of(address[0]), ["n0.evil.example", "own.example"]);
    for (port, may) in [(80, true), (81, true), (82, false)] {
        assert_eq!(guard.may_dial(Transport::Tcp, (address[0], port).into()), may);
    }
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

#[test]
fn this_machine_its_link_and_metadata_are_reached_by_their_own_rules_only() {
    let inside = [
        "127.0.0.1:80",
        "127.9.9.9:80",
        "0.0.0.0:80",
        "0.1.2.3:80",
        "169.254.169.254:80",
        "100.100.100.200:80",
        "168.63.129.16:80",
        "224.0.0.251:80",
        "[::1]:80",
        "[::]:80",
        "[fe80::1]:80",
        "[fd00:ec2::254]:80",
        "[::ffff:127.0.0.1]:80",
        "[::ffff:169.254.169.254]:80",
        "[::127.0.0.1]:80",
        "[64:ff9b::169.254.169.254]:80",
        "[64:ff9b:1::127.0.0.1]:80",
        "[64:ff9b:1:7f00:0:100::]:80",
        "[64:ff9b:1:7f:0:1::]:80",
        "[64:ff9b:1:0:a9:fea9:fe00::]:80",
        "[2002:7f00:1::1]:80",
        "[2001:0:7f00:1:0:0:808:808]:80",
        "[2001::8000:fffe]:80",
        "[2001:db8::5efe:127.0.0.1]:80",
        "[2001:db8::200:5efe:169.254.169.254]:80",
        "[fd00:ec2::23]:80",
        "[fd00:42::42]:80",
    ];
    let wide = ["tcp://*:*", "tcp://0.0.0.0/0:*", "tcp://[::]/0:*", "tcp://126.0.0.0/7:*"];
    let wide = guard(&[&wide[..], &["tcp://[fd00::]/8:*", "tcp://*.example:*"]].concat());
    let all = Guard::new(&Grants { net: NetRule::all(), ..Grants::default() }, Denials::default());
    for peer in inside {
        wide.resolved("evil.example", &[at(peer).ip()]);
        assert!(!wide.may_dial(Transport::Tcp, at(peer)), "{peer}");
        assert!(!all.may_dial(Transport::Tcp, at(peer)), "{peer}");
        assert!(!all.may_dial(Transport::Udp, at(peer)) && !all.may_request(host(peer), 80));
        assert!(all.reachable("evil.example", 80, &[at(peer).ip()]).is_err());
        let named = guard(&[&format!("tcp://{peer}")]);
        assert!(named.may_dial(Transport::Tcp, at(peer)), "{peer}");
    }
    for peer in
        ["10.0.0.1:80", "192.168.0.1:80", "8.8.8.8:80", "[2001:db8::1]:80", "[64:ff9b::8.8.8.8]:80"]
    {
        assert!(all.may_dial(Transport::Tcp, at(peer)), "{peer}");
    }
    assert!(guard(&["tcp://127.0.0.0/8:*"]).may_dial(Transport::Tcp, at("127.0.0.53:1")));
    assert!(guard(&["tcp://169.254.169.0/24:80"]).may_dial(Transport::Tcp, at(inside[4])));
}

fn host(peer: &str) -> &str {
    peer.rsplit_once(':').unwrap().0
}

#[test]
fn localhost_by_name_is_loopback_and_nothing_else() {
    let guard = guard(&["tcp://localhost:80", "tcp://*.localhost:81", "tcp://box.example:82"]);
    let loopback = ["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()];
    assert_eq!(guard.reachable("localhost", 80, &loopback).unwrap().len(), 2);
    assert!(guard.reachable("a.localhost", 81, &loopback).is_ok());
    assert!(guard.reachable("localhost", 80, &["169.254.169.254".parse().unwrap()]).is_err());
    assert!(!guard.may_dial(Transport::Tcp, at("127.0.0.1:80")), "it wasn't looked up");
    let refused = guard.reachable("box.example", 82, &loopback);
    assert_eq!(refused.unwrap_err(), "`tcp://127.0.0.1:82` isn't granted");
    let noted = guard.denials().list().pop().unwrap();
    assert_eq!(
        noted.what,
        "connect to tcp://box.example:82, which is tcp://127.0.0.1:82, on this machine or its link"
    );
}

#[test]
fn some_of_the_addresses_of_a_name_may_be_reachable() {
    let guard = guard(&["tcp://box.example:80"]);
    let found = ["127.0.0.1".parse().unwrap(), "10.0.0.1".parse().unwrap()];
    assert_eq!(guard.reachable("box.example", 80, &found).unwrap(), [at("10.0.0.1:80")]);
    assert!(guard.denials().list().is_empty());
}

#[test]
fn nothing_is_bound_without_a_rule() {
    for transport in [Transport::Tcp, Transport::Udp] {
        let client = guard(&["tcp://10.0.0.1:80", "udp://10.0.0.1:80"]);
        let none = guard(&[]);
        for (guard, may) in [(&client, true), (&none, false)] {
            guard.binds(true);
            assert_eq!(guard.may_bind(transport, at("0.0.0.0:0")), may);
            assert_eq!(guard.may_bind(transport, at("127.0.0.1:0")), may);
            assert!(!guard.may_bind(transport, at("0.0.0.0:9999")));
        }
        // Connecting asks for a port, too, and then whether it may connect.
        none.binds(false);
        assert!(none.may_bind(transport, at("0.0.0.0:0")));
        let noted = none.denials().list().remove(0);
        assert_eq!(noted.grant, Needed::Peer(transport));
    }
}

#[test]
fn datagrams_from_anyone_come_only_where_a_rule_says() {
    let guard = guard(&["listen+udp://127.0.0.1:*", "udp://10.0.0.1:53"]);
    for itself in [true, false] {
        guard.binds(itself);
        assert!(!guard.may_bind(Transport::Udp, at("0.0.0.0:0")));
        assert!(!guard.may_bind(Transport::Udp, at("192.168.0.1:0")));
        assert!(guard.may_bind(Transport::Udp, at("127.0.0.1:0")));
    }
}
