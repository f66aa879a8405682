//! Opens by URL.

use crate::Typed;
use crate::measure::{ask, read, told};
use crate::world::exports::forebay::typed::opens::Guest;
use crate::world::forebay::stream::errors::Error;
use crate::world::forebay::stream::open;

impl Guest for Typed {
    fn read(url: String) -> Result<String, String> {
        let bytes = read(&open::source(&url).map_err(name)?)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn write(url: String, text: String) -> Result<(), String> {
        let sink = open::sink(&url).map_err(name)?;
        sink.blocking_write_and_flush(text.as_bytes()).map_err(told)
    }

    fn dial(url: String, text: String) -> Result<String, String> {
        ask(&open::dial(&url).map_err(name)?, &text)
    }

    fn serve(url: String) -> Result<(), String> {
        let listener = open::listen(&url).map_err(name)?;
        let log = open::sink("log:").map_err(name)?;
        log.blocking_write_and_flush(format!("{}\n", listener.local_address()).as_bytes())
            .map_err(told)?;
        let peer = listener.accept().map_err(name)?;
        let request = read(&peer.input().map_err(name)?)?;
        let output = peer.output().map_err(name)?;
        output.blocking_write_and_flush(&request.to_ascii_uppercase()).map_err(told)?;
        peer.finish().map_err(name)
    }
}

fn name(error: Error) -> String {
    match error {
        Error::BadUrl(why) => format!("bad-url: {why}"),
        Error::UnknownScheme(why) => format!("unknown-scheme: {why}"),
        Error::Denied(why) => format!("denied: {why}"),
        Error::NotFound => "not-found".to_owned(),
        Error::Refused => "refused".to_owned(),
        Error::TimedOut => "timed-out".to_owned(),
        Error::Closed => "closed".to_owned(),
        Error::Other(why) => format!("other: {why}"),
    }
}
