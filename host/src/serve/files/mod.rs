//! Files beneath a directory, over HTTP: whole or in part, if they have changed, with their type.
//!
//! Nothing outside of the directory is reached, by whatever path or link; names that start with a
//! dot aren't there, but for `.well-known`. A file's bytes are read when the client takes them.

mod body;
mod condition;
mod media;
mod open;
mod range;

pub use body::FileBody;
pub use media::media_type;
pub use open::{Folder, Opened};

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;
use std::time::SystemTime;

use http::header::{
    ACCEPT_RANGES, ALLOW, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED,
    LOCATION,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use crate::app::RequestPath;
use crate::serve::files::condition::{Condition, Validators};
use crate::serve::files::range::{Ranges, Span};

/// A directory whose files are shown.
#[derive(Clone, Debug)]
pub struct Files {
    folder: Arc<Folder>,
    /// What is shown for a directory.
    index: String,
}

/// A request, as far as it's about a file.
#[derive(Clone, Copy, Debug)]
pub struct FileRequest<'a> {
    /// The method.
    pub method: &'a Method,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The path, in parts.
    pub path: &'a RequestPath,
    /// How many of its parts the route names; the others lead from the directory.
    pub named: usize,
    /// The query.
    pub query: Option<&'a str>,
}

impl Files {
    /// Shows the files of a folder, and for a directory its `index`.
    pub fn new(folder: Folder, index: &str) -> Files {
        Files { folder: Arc::new(folder), index: index.to_owned() }
    }

    /// Answers a request. The body holds no bytes yet.
    ///
    /// # Errors
    /// When the system can't say what is there, out of descriptors for example.
    pub async fn answer(&self, request: FileRequest<'_>) -> io::Result<Response<FileBody>> {
        if !matches!(*request.method, Method::GET | Method::HEAD) {
            let mut response = plain(StatusCode::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return Ok(response);
        }

        let Some(names) = names(&request) else { return Ok(plain(StatusCode::NOT_FOUND)) };
        let mut name = names.last().cloned();
        let mut opened = self.folder.open_names(&names).await?;
        let slash = request.path.slash;
        if matches!(opened, Opened::Directory) && !slash && !request.path.parts.is_empty() {
            return Ok(moved(&request));
        }
        if matches!(opened, Opened::Directory) {
            let mut names = names;
            names.push(self.index.clone().into_bytes());
            name = names.last().cloned();
            opened = self.folder.open_names(&names).await?;
        } else if slash && !names.is_empty() {
            return Ok(plain(StatusCode::NOT_FOUND));
        }

        Ok(match opened {
            Opened::File(file, metadata) => {
                let name = name.unwrap_or_else(|| self.folder.name());
                file_response(&request, Shown { file, metadata, name: &name })
            }
            Opened::Directory | Opened::Nothing => plain(StatusCode::NOT_FOUND),
            Opened::Forbidden => plain(StatusCode::FORBIDDEN),
        })
    }
}

/// The names from the directory on; `None` if one of them can be none of a file that is shown.
fn names(request: &FileRequest<'_>) -> Option<Vec<Vec<u8>>> {
    let names = request.path.parts.get(request.named..)?;
    let shown = |(index, name): (usize, &Vec<u8>)| {
        let hidden = name.starts_with(b".") && !(index == 0 && name == b".well-known");
        !hidden && !name.contains(&b'/')
    };
    names.iter().enumerate().all(shown).then(|| names.to_vec())
}

/// A directory is shown under a path that ends with a slash, so that its links are beneath it. The
/// path is written anew: what starts with two slashes would lead to another server.
fn moved(request: &FileRequest<'_>) -> Response<FileBody> {
    let mut location = String::new();
    for part in &request.path.parts {
        location.push('/');
        location.extend(percent_encoding::percent_encode(part, percent_encoding::NON_ALPHANUMERIC));
    }
    location.push('/');
    if let Some(query) = request.query {
        location.push('?');
        location.push_str(query);
    }

    let mut response = plain(StatusCode::PERMANENT_REDIRECT);
    match HeaderValue::from_str(&location) {
        Ok(location) => drop(response.headers_mut().insert(LOCATION, location)),
        Err(_) => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    response
}

/// A file that is shown.
struct Shown<'a> {
    file: std::fs::File,
    metadata: Metadata,
    /// Its name, which says its type.
    name: &'a [u8],
}

fn file_response(request: &FileRequest<'_>, shown: Shown<'_>) -> Response<FileBody> {
    let Shown { file, metadata, name } = shown;
    let (size, media) = (metadata.size(), media_type(name));
    let validators = validators(&metadata);

    let mut response = match Condition::of(request.headers, &validators) {
        Condition::Failed => plain(StatusCode::PRECONDITION_FAILED),
        Condition::NotModified => {
            let mut response = Response::new(FileBody::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        }
        Condition::Send { ranges } => {
            let ranges = ranges.filter(|_| request.method == Method::GET);
            match ranges.map_or(Ranges::Whole, |text| range::read(text, size)) {
                Ranges::Whole => whole(file, size, media),
                Ranges::One(span) => one(file, span, size, media),
                Ranges::Several(spans) => several(file, &spans, size, media),
                Ranges::None => {
                    let mut response = plain(StatusCode::RANGE_NOT_SATISFIABLE);
                    response.headers_mut().insert(CONTENT_RANGE, text(format!("bytes */{size}")));
                    response
                }
            }
        }
    };
    if request.method == Method::HEAD {
        *response.body_mut() = FileBody::empty();
    }

    let headers = response.headers_mut();
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(ETAG, text(validators.etag));
    if let Some(modified) = validators.modified {
        headers.insert(LAST_MODIFIED, text(httpdate::fmt_http_date(modified)));
    }
    response
}

fn whole(file: std::fs::File, size: u64, media: &'static str) -> Response<FileBody> {
    let mut response = Response::new(FileBody::new(file).span(Span { start: 0, end: size }));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    response.headers_mut().insert(CONTENT_LENGTH, size.into());
    response
}

fn one(file: std::fs::File, span: Span, size: u64, media: &'static str) -> Response<FileBody> {
    let mut response = whole(file, size, media);
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    let body = std::mem::replace(response.body_mut(), FileBody::empty());
    *response.body_mut() = body.only(span);
    response.headers_mut().insert(CONTENT_RANGE, text(span.described(size)));
    response.headers_mut().insert(CONTENT_LENGTH, span.length().into());
    response
}

/// Several parts, each with a head of its own.
fn several(
    file: std::fs::File,
    spans: &[Span],
    size: u64,
    media: &'static str,
) -> Response<FileBody> {
    // Should there be no random numbers, clients still count: the parts' lengths are told.
    let boundary = format!("{:016x}", getrandom::u64().unwrap_or_default());
    let mut body = FileBody::new(file);
    for span in spans {
        let range = span.described(size);
        body = body.text(format!(
            "\r\n--{boundary}\r\nContent-Type: {media}\r\nContent-Range: {range}\r\n\r\n"
        ));
        body = body.span(*span);
    }
    body = body.text(format!("\r\n--{boundary}--\r\n"));

    let length = body.length();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    let media = text(format!("multipart/byteranges; boundary={boundary}"));
    response.headers_mut().insert(CONTENT_TYPE, media);
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}

fn validators(metadata: &Metadata) -> Validators {
    let nanoseconds =
        i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
    // A time to come says nothing about changes.
    let modified = metadata.modified().ok().filter(|modified| *modified <= SystemTime::now());
    Validators {
        etag: format!("\"{nanoseconds:x}-{:x}-{:x}\"", metadata.size(), metadata.ino()),
        modified: modified.filter(|modified| *modified >= SystemTime::UNIX_EPOCH),
    }
}

/// Text of our own as a header.
fn text(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("digits and words are a header")
}

/// A reply that is a sentence.
fn plain(status: StatusCode) -> Response<FileBody> {
    let body = format!("{} {}\n", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let length = body.len();
    let mut response = Response::new(FileBody::empty().text(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CONTENT_LENGTH, length.into());
    response
}

#[cfg(test)]
mod tests;
