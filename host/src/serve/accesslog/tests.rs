//! Lines, and a log whose disk is full.

use std::sync::Mutex;
use std::sync::mpsc::channel;

use super::*;

fn entry(target: &str) -> Entry {
    Entry {
        time: "2000-10-10T13:55:36.25Z".parse().unwrap(),
        id: "7".into(),
        trace: None,
        peer: Some("[::ffff:192.0.2.1]:5".parse().unwrap()),
        protocol: "HTTP/1.1",
        method: "GET".into(),
        target: target.into(),
        host: None,
        status: Some(200),
        received: 0,
        sent: 2326,
        seconds: 0.0123456789,
        route: Some("/*".into()),
        guest: None,
        error: None,
        referer: None,
        agent: Some("a\"b\\\u{1b}ä".into()),
    }
}

#[test]
fn a_line_is_common_or_json() {
    assert_eq!(
        entry("/x").line(LogFormat::Common),
        "192.0.2.1 - - [10/Oct/2000:13:55:36 +0000] \"GET /x HTTP/1.1\" 200 2326 \"-\" \
         \"a\\x22b\\x5c\\x1b\\xc3\\xa4\"\n"
    );
    let line = entry("/x\n\u{1b}").line(LogFormat::Json);
    assert!(line.ends_with("}\n") && line.lines().count() == 1, "{line}");
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&value["target"], &value["status"]), (&"/x\n\u{1b}".into(), &200.into()));
    assert_eq!(
        (&value["seconds"], &value["time"]),
        (&0.012346.into(), &"2000-10-10T13:55:36.25Z".into())
    );
    assert!(value.get("guest").is_none());
}

#[test]
fn what_a_client_chose_is_cut() {
    let long = "ä".repeat(100_000);
    assert!(entry(&long).line(LogFormat::Json).len() < 5000);
    assert!(entry(&long).line(LogFormat::Common).len() < 10_000);
}

#[derive(Clone, Default)]
struct Disk(Arc<Mutex<(Vec<u8>, bool)>>);

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut disk = self.0.lock().unwrap();
        if disk.1 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        disk.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_once_and_what_was_left_out_is_counted() {
    let (disk, (tell, told)) = (Disk::default(), channel());
    let (opened, opens) = (disk.clone(), Arc::<AtomicU64>::default());
    let count = opens.clone();
    let open: Open = Box::new(move || {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(opened.clone()))
    });
    let log = AccessLog::start(LogFormat::Common, open, move |error| {
        tell.send(error.kind()).unwrap();
    });
    let log = log.unwrap();

    disk.0.lock().unwrap().1 = true;
    log.write(&entry("/lost"));
    assert_eq!(told.recv().unwrap(), std::io::ErrorKind::StorageFull);
    log.write(&entry("/lost"));
    while log.left_out() < 2 {
        std::thread::yield_now();
    }

    disk.0.lock().unwrap().1 = false;
    log.reopen();
    log.write(&entry("/kept"));
    drop(log);
    // The writer ends with the last of its log, and its listener with it.
    assert!(told.recv().is_err());
    let written = String::from_utf8(disk.0.lock().unwrap().0.clone()).unwrap();
    assert!(written.contains("/kept") && !written.contains("/lost"), "{written}");
    assert_eq!(opens.load(Ordering::Relaxed), 2);
}
