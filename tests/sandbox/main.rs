//! The second wall: what the kernel refuses to a process that ours put it up in, even to code that
//! asks no guard. Each test puts it up in a process of its own, as a build would that forgot every
//! check of its own.

mod command;
mod inside;

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use forebay::policy::{Directory, Grants};
use forebay::sandbox::Sandbox;
use inside::{enforce, inside, missing, refused};

fn directory(text: String) -> Directory {
    text.parse().unwrap()
}

fn nets(rules: &[String]) -> Grants {
    let net = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    Grants { net, ..Grants::default() }
}

#[test]
fn a_build_without_checks_opens_nothing_outside_its_grants() {
    inside("a_build_without_checks_opens_nothing_outside_its_grants", || {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        ["rw", "ro", "out"].iter().for_each(|folder| fs::create_dir(at(folder)).unwrap());
        ["rw/a", "ro/a", "out/a"].iter().for_each(|file| fs::write(at(file), "text").unwrap());
        std::os::unix::fs::symlink(at("out/a"), at("rw/link")).unwrap();
        let directories = vec![
            directory(format!("{}::/rw", at("rw").display())),
            directory(format!("{}::/ro::ro", at("ro").display())),
        ];
        enforce(&Grants { directories, ..Grants::default() });

        assert_eq!(fs::read_to_string(at("rw/a")).unwrap(), "text");
        fs::write(at("rw/b"), "more").unwrap();
        fs::create_dir(at("rw/folder")).unwrap();
        fs::rename(at("rw/b"), at("rw/folder/b")).unwrap();
        fs::remove_file(at("rw/folder/b")).unwrap();
        assert_eq!(fs::read_to_string(at("ro/a")).unwrap(), "text");

        refused(fs::write(at("ro/a"), "x"));
        refused(fs::write(at("ro/b"), "x"));
        refused(fs::remove_file(at("ro/a")));
        for outside in ["out/a", "rw/link", "rw/../out/a"] {
            refused(File::open(at(outside)));
            refused(File::options().append(true).open(at(outside)));
        }
        refused(fs::read_dir(at("out")));
        refused(fs::rename(at("rw/a"), at("out/b")));
        refused(fs::rename(at("out/a"), at("rw/c")));
        for file in ["/etc/passwd", "/proc/self/environ", "/proc/self/mem", "/dev/tty"] {
            refused(File::open(file));
        }
    });
}

#[test]
fn no_program_is_started_not_even_one_that_a_guest_wrote() {
    inside("no_program_is_started_not_even_one_that_a_guest_wrote", || {
        let scratch = tempfile::tempdir().unwrap();
        let own = scratch.path().join("true");
        fs::copy("/bin/true", &own).unwrap();
        assert!(Command::new(&own).status().unwrap().success());
        let directories = vec![directory(scratch.path().display().to_string())];
        enforce(&Grants { directories, ..Grants::default() });

        assert!(Command::new(&own).status().is_err());
        assert!(Command::new("/bin/true").status().is_err());
        // Threads can still be had.
        assert_eq!(std::thread::spawn(|| 7).join().unwrap(), 7);
    });
}

#[test]
fn calls_that_no_guest_needs_do_not_exist() {
    inside("calls_that_no_guest_needs_do_not_exist", || {
        enforce(&Grants::default());
        for (name, call, arguments) in inside::CALLS {
            missing(name, *call, *arguments);
        }
    });
}

#[test]
fn no_memory_becomes_code() {
    inside("no_memory_becomes_code", || {
        let page = inside::page(libc::PROT_READ | libc::PROT_WRITE).unwrap();
        enforce(&nets(&["tcp://127.0.0.1:1".into()]));
        assert!(inside::page(libc::PROT_READ | libc::PROT_EXEC).is_err());
        assert!(inside::page(libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC).is_err());
        assert!(inside::protect(page, libc::PROT_READ | libc::PROT_EXEC).is_err());
        inside::protect(page, libc::PROT_READ).unwrap();
    });
}

#[test]
fn without_a_grant_no_peer_is_reached() {
    inside("without_a_grant_no_peer_is_reached", || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        enforce(&Grants::default());
        assert!(TcpStream::connect(address).is_err());
        assert!(TcpListener::bind("127.0.0.1:0").is_err());
        assert!(udp.connect(address).is_err());
        assert!(udp.send_to(b"x", address).is_err());
        assert!(std::net::UdpSocket::bind("127.0.0.1:0").is_err());
        assert!(std::os::unix::net::UnixStream::connect("/run/nobody").is_err());
    });
}

#[test]
fn with_a_grant_other_ports_stay_shut() {
    inside("with_a_grant_other_ports_stay_shut", || {
        let listeners: Vec<_> = (0..2).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let at = |index: usize| listeners[index].local_addr().unwrap();
        enforce(&nets(&[format!("tcp://127.0.0.1:{}", at(0).port())]));
        TcpStream::connect(at(0)).unwrap().write_all(b"x").unwrap();
        refused(TcpStream::connect(at(1)));
        refused(TcpListener::bind(at(1)));
    });
}

#[test]
fn every_port_of_a_long_range_is_open() {
    inside("every_port_of_a_long_range_is_open", || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        enforce(&nets(&["tcp://127.0.0.1:*".into(), "listen+tcp://127.0.0.1:*".into()]));
        TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        TcpListener::bind("127.0.0.1:0").unwrap();
    });
}

#[test]
fn names_can_be_looked_up_if_a_peer_is_granted() {
    inside("names_can_be_looked_up_if_a_peer_is_granted", || {
        use std::net::ToSocketAddrs;
        enforce(&nets(&["tcp://localhost:80".into()]));
        let found: Vec<_> = ("localhost", 80).to_socket_addrs().unwrap().collect();
        assert!(found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
        refused(File::open("/etc/passwd"));
    });
}

#[test]
fn a_file_that_may_be_read_may_not_be_written() {
    inside("a_file_that_may_be_read_may_not_be_written", || {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut sandbox = Sandbox::default();
        sandbox.read(file.path());
        // What isn't there hinders nothing.
        sandbox.read(&file.path().join("nowhere"));
        inside::expect(sandbox.enforce());
        File::open(file.path()).unwrap();
        refused(File::options().write(true).open(file.path()));
        let beside = fs::read_dir(file.path().parent().unwrap());
        assert_eq!(beside.unwrap_err().kind(), ErrorKind::PermissionDenied);
    });
}
