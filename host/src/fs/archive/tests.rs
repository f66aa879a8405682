//! What archives are mounted, and which are refused.

use std::io::{Seek, Write};

use ::tar::{Builder, EntryType, Header};

use super::*;
use crate::fs::node::{Access, Handle, Kind};
use crate::fs::walk::walk;

/// An entry of a tar: its name as it is, what it is, and what it holds or where it leads.
type Made<'a> = (&'a str, EntryType, &'a str);

fn tar_of(entries: &[Made<'_>]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, text) in entries {
        let mut header = Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mtime(1000);
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        let is_link = matches!(kind, EntryType::Symlink | EntryType::Link);
        if is_link {
            header.as_mut_bytes()[157..157 + text.len()].copy_from_slice(text.as_bytes());
        }
        let content = if *kind == EntryType::Regular { text.as_bytes() } else { b"" };
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip_of(entries: &[(&str, &[u8], ::zip::CompressionMethod)]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content, method) in entries {
        let options = ::zip::write::SimpleFileOptions::default().compression_method(*method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn open_bytes(bytes: &[u8]) -> std::result::Result<NodeRef, String> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    read(file)
}

fn text_of(root: &NodeRef, path: &str) -> String {
    let node = walk(root, path, true).unwrap().node.unwrap();
    let Handle::Node(open) = node.open(Access { read: true, write: false }).unwrap() else {
        panic!("an archive's file opens as a node")
    };
    String::from_utf8(open.read_at(1 << 16, 0).unwrap().to_vec()).unwrap()
}

const FILE: EntryType = EntryType::Regular;
const DIRECTORY: EntryType = EntryType::Directory;
const SYMLINK: EntryType = EntryType::Symlink;
const LINK: EntryType = EntryType::Link;

#[test]
fn tars_compressed_or_not_and_zips_are_trees() {
    let tar = tar_of(&[
        ("./", DIRECTORY, ""),
        ("./a/b/f", FILE, "inner"),
        ("./a/", DIRECTORY, ""),
        ("./a/l", SYMLINK, "b/f"),
        ("./again", LINK, "./a/b/f"),
        ("./pipe", EntryType::Fifo, ""),
    ]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&tar).unwrap();
    for bytes in [tar, packed.finish().unwrap()] {
        let root = open_bytes(&bytes).unwrap();
        assert_eq!(text_of(&root, "a/l"), "inner");
        let again = root.lookup("again").unwrap();
        assert_eq!((again.stat().unwrap().links, again.stat().unwrap().size), (2, 5));
        let pipe = root.lookup("pipe").unwrap();
        assert_eq!(pipe.kind(), Kind::Device);
        assert!(pipe.open(Access::default()).is_err());
    }

    let method = ::zip::CompressionMethod::Deflated;
    let stored = ::zip::CompressionMethod::Stored;
    let zip = zip_of(&[("d/deflated", &[b'x'; 50_000], method), ("d/stored", b"as it is", stored)]);
    let root = open_bytes(&zip).unwrap();
    assert_eq!(text_of(&root, "d/stored"), "as it is");
    for _ in 0..2 {
        assert_eq!(text_of(&root, "d/deflated"), "x".repeat(50_000));
    }
}

#[test]
fn what_leads_out_collides_or_lies_is_refused() {
    let refused = |entries: &[Made<'_>], why: &str| {
        let told = open_bytes(&tar_of(entries)).err().unwrap();
        assert!(told.contains(why), "{entries:?}: {told}");
    };
    refused(&[("/etc/passwd", FILE, "x")], "is absolute");
    refused(&[("../x", FILE, "x")], "leads out by `..`");
    refused(&[("a/../../x", FILE, "x")], "leads out by `..`");
    refused(&[("a/l", SYMLINK, "../../x")], "leads out, to");
    refused(&[("l", SYMLINK, "/etc")], "leads out, to");
    refused(&[("l", LINK, "nowhere")], "another name of what isn't there");
    refused(&[("d/", DIRECTORY, ""), ("l", LINK, "d")], "another name of what isn't there");
    refused(&[("f", FILE, "1"), ("f", FILE, "2")], "has `f` twice");
    refused(&[("f", FILE, "1"), ("./f", FILE, "2")], "has `f` twice");
    refused(&[("d/", DIRECTORY, ""), ("d", FILE, "2")], "has `d` twice");
    refused(&[("d/", DIRECTORY, ""), ("d/", DIRECTORY, "")], "has `d` twice");
    refused(&[("README", FILE, "1"), ("readme", FILE, "2")], "letters' case only");
    refused(&[("D/a", FILE, "1"), ("d/b", FILE, "2")], "letters' case only");
    refused(&[("f", FILE, "1"), ("f/g", FILE, "2")], "is a file, and has others in it");
    assert!(open_bytes(&tar_of(&[("x/../a", FILE, "x")])).is_err());

    let whole = tar_of(&[("f", FILE, &"x".repeat(5000))]);
    assert!(open_bytes(&whole[..2000]).err().unwrap().contains("cut off"));
    assert!(open_bytes(b"no archive at all").is_err());
    assert!(open_bytes(b"").is_err());
    assert!(open_bytes(&[0x1f, 0x8b, 8, 0, 0]).is_err());

    let stored = ::zip::CompressionMethod::Stored;
    for (name, why) in [("../x", "leads out"), ("/x", "is absolute"), ("a\\..\\x", "holds a `\\`")]
    {
        let told = open_bytes(&zip_of(&[(name, b"", stored)])).err().unwrap();
        assert!(told.contains(why), "{name}: {told}");
    }
}

#[test]
fn what_is_far_larger_than_its_archive_is_refused() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..300 {
        packed.write_all(&zeros).unwrap();
    }
    let bomb = packed.finish().unwrap();
    assert!(open_bytes(&bomb).err().unwrap().contains("unpacked it's larger than"));

    // A size that isn't so is found out when the file is read.
    let method = ::zip::CompressionMethod::Deflated;
    let mut zip = zip_of(&[("f", &[b'x'; 1000], method)]);
    let sizes: Vec<usize> =
        (0..zip.len() - 4).filter(|at| zip[*at..*at + 4] == 1000u32.to_le_bytes()).collect();
    assert!(!sizes.is_empty());
    for at in sizes {
        zip[at..at + 4].copy_from_slice(&10u32.to_le_bytes());
    }
    if let Ok(root) = open_bytes(&zip) {
        let file = root.lookup("f").unwrap();
        assert!(file.open(Access { read: true, write: false }).is_err());
    }
}
