//! Opening a resource: what each scheme is to the host.
//!
//! Their URLs are older than ours and differ: `fd://1` is standard output, `log://?prefix=P` is
//! `log:P`, and `file:///a/b` is `a/b` below the directory that the program runs in.

use super::entry::take;
use super::host::{self, Url};
use super::text::{Builder, Word, split};
use super::{Entry, Failure, Kind, Result, clear, http};
use crate::arena;
use crate::wasi::cli;

const STDIN: Word = Word::of(b"stdin");
const STDOUT: Word = Word::of(b"stdout");
const STDERR: Word = Word::of(b"stderr");
const FD: Word = Word::of(b"fd");
const FILE: Word = Word::of(b"file");
const LOG: Word = Word::of(b"log");
const RANDOM: Word = Word::of(b"random");
const NULL: Word = Word::of(b"null");
const ZERO: Word = Word::of(b"zero");
const HTTP: Word = Word::of(b"http");
const HTTPS: Word = Word::of(b"https");
const TCP: Word = Word::of(b"tcp");
const TLS: Word = Word::of(b"tls");
const UNIX: Word = Word::of(b"unix");
const PREFIX: Word = Word::of(b"prefix");

/// Opens `url`, which is UTF-8, and gives the resource's number.
pub fn open(url: &[u8]) -> Result<u32> {
    let (number, entry) = take()?;
    match start(url, entry) {
        Ok(kind) => {
            entry.kind.set(kind);
            Ok(number)
        }
        Err(failure) => {
            clear(entry);
            Err(failure)
        }
    }
}

/// Standard input, output and error, by their numbers.
pub fn standard(descriptor: u32) -> Result<u32> {
    let (number, entry) = take()?;
    start_standard(entry, descriptor);
    entry.kind.set(Kind::Stream);
    Ok(number)
}

fn start_standard(entry: &Entry, descriptor: u32) {
    unsafe {
        match descriptor {
            0 => entry.input.set(cli::get_stdin()),
            1 => entry.output.set(cli::get_stdout()),
            _ => entry.output.set(cli::get_stderr()),
        }
    }
}

fn start(url: &[u8], entry: &Entry) -> Result<Kind> {
    let (scheme, rest) = scheme(url)?;
    let after = match rest {
        [b'/', b'/', after @ ..] => Some(after),
        _ => None,
    };
    let (authority, path) =
        split(after.unwrap_or_default(), |byte| matches!(byte, b'/' | b'?' | b'#'));
    let path = if after.is_some() { path } else { rest };
    if let Some(descriptor) = named(scheme) {
        start_standard(entry, descriptor);
        return Ok(Kind::Stream);
    }
    if FD.is(scheme) {
        // Others are the host's, and not the program's.
        let [digit @ b'0'..=b'2'] = authority else { return Err(Failure::Other) };
        start_standard(entry, (digit - b'0') as u32);
        return Ok(Kind::Descriptor);
    }
    if FILE.is(scheme) {
        entry.input.set(host::source(file(path)?)?);
        return Ok(Kind::Whole);
    }
    if LOG.is(scheme) {
        entry.output.set(host::sink(log(path)?)?);
        return Ok(Kind::Log);
    }
    if RANDOM.is(scheme) {
        entry.input.set(host::source(bare(RANDOM)?)?);
        return Ok(Kind::Whole);
    }
    if ZERO.is(scheme) {
        entry.input.set(host::source(bare(ZERO)?)?);
        return Ok(Kind::Zero);
    }
    if NULL.is(scheme) {
        entry.input.set(host::source(bare(NULL)?)?);
        entry.output.set(host::sink(bare(NULL)?)?);
        return Ok(Kind::Null);
    }
    if HTTP.is(scheme) || HTTPS.is(scheme) {
        http::begin(entry, authority)?;
        return Ok(if HTTP.is(scheme) { Kind::Http } else { Kind::Https });
    }
    if TCP.is(scheme) || TLS.is(scheme) || UNIX.is(scheme) {
        arena::open();
        let (input, output) = host::dial((url.as_ptr(), url.len()))?;
        entry.input.set(input);
        entry.output.set(output);
        return Ok(Kind::Stream);
    }
    Err(Failure::UnknownScheme)
}

fn named(scheme: &[u8]) -> Option<u32> {
    if STDIN.is(scheme) {
        Some(0)
    } else if STDOUT.is(scheme) {
        Some(1)
    } else if STDERR.is(scheme) {
        Some(2)
    } else {
        None
    }
}

/// The scheme, and what follows its colon. A text without one has a scheme that nobody knows.
fn scheme(url: &[u8]) -> Result<(&[u8], &[u8])> {
    if split(url, |byte| byte < b' ' || byte == 0x7f).1.first().is_some() {
        return Err(Failure::BadUrl);
    }
    let (scheme, rest) = split(url, |byte| matches!(byte, b':' | b'/' | b'?' | b'#'));
    let [b':', rest @ ..] = rest else { return Err(Failure::UnknownScheme) };
    let strange = |byte: u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    match scheme {
        [first, ..] if first.is_ascii_alphabetic() && split(scheme, strange).1.is_empty() => {
            Ok((scheme, rest))
        }
        _ => Err(Failure::BadUrl),
    }
}

/// `file:a/b` for `/a/b`: their root is where the program was started, as ours is the directory
/// granted as `.`.
fn file(path: &[u8]) -> Result<Url> {
    let (mut path, _) = split(path, |byte| matches!(byte, b'?' | b'#'));
    while let [b'/', rest @ ..] = path {
        path = rest;
    }
    if path.is_empty() {
        return Err(Failure::Other);
    }
    let mut url = Builder::after(0);
    url.word(FILE)?;
    url.byte(b':')?;
    url.bytes(path)?;
    Ok(finished(&url))
}

/// `log:P` for `?prefix=P`.
fn log(path: &[u8]) -> Result<Url> {
    let (_, query) = split(path, |byte| byte == b'?');
    let mut rest = split(query, |byte| byte == b'#').0;
    let mut url = Builder::after(0);
    url.word(LOG)?;
    url.byte(b':')?;
    while let [b'?' | b'&', parameter @ ..] = rest {
        let (parameter, next) = split(parameter, |byte| byte == b'&');
        let (name, value) = split(parameter, |byte| byte == b'=');
        if let ([b'=', value @ ..], true) = (value, PREFIX.is(name)) {
            for byte in value {
                url.byte(if *byte == b'+' { b' ' } else { *byte })?;
            }
            break;
        }
        rest = next;
    }
    Ok(finished(&url))
}

/// A scheme with nothing behind it.
#[inline(always)]
fn bare(scheme: Word) -> Result<Url> {
    let mut url = Builder::after(0);
    url.word(scheme)?;
    url.byte(b':')?;
    Ok(finished(&url))
}

/// The text, with the arena behind it open for what the host answers.
pub fn finished(url: &Builder) -> Url {
    arena::open_after(url.len());
    url.text(0)
}
