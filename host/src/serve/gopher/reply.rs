//! What a guest returns, written for a client of Gopher as it comes: text with its dots doubled,
//! menus with what they leave out.

/// The longest line of a menu, in bytes; what is longer is broken there.
const LONGEST: usize = 4096;

/// Text that is being written: each line ends with CR LF, one that starts with a dot gets another,
/// and a dot alone ends it.
#[derive(Debug)]
pub struct Text {
    at_start: bool,
    /// Whether a CR was read that may belong to a line's end.
    held: bool,
}

impl Default for Text {
    fn default() -> Self {
        Text { at_start: true, held: false }
    }
}

impl Text {
    /// Writes what was returned next.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 16 + 2);
        for byte in bytes {
            if self.held && *byte != b'\n' {
                self.put(&mut out, b'\r');
            }
            self.held = *byte == b'\r';
            match byte {
                b'\r' => {}
                b'\n' => {
                    out.extend_from_slice(b"\r\n");
                    self.at_start = true;
                }
                byte => self.put(&mut out, *byte),
            }
        }
        out
    }

    fn put(&mut self, out: &mut Vec<u8>, byte: u8) {
        if self.at_start && byte == b'.' {
            out.push(b'.');
        }
        self.at_start = false;
        out.push(byte);
    }

    /// Writes the end.
    pub fn end(mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.held {
            self.put(&mut out, b'\r');
        }
        if !self.at_start {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b".\r\n");
        out
    }
}

/// A menu that is being written. A line is `Tname TAB selector TAB host TAB port`; a host and a
/// port that are left out or empty are the server's own, and a line without a tab is text.
#[derive(Debug)]
pub struct Menu {
    host: String,
    port: u16,
    line: Vec<u8>,
    /// Whether the guest wrote the end itself.
    ended: bool,
}

impl Menu {
    /// A menu of the server that clients reach here.
    pub fn new(host: &str, port: u16) -> Menu {
        Menu { host: host.to_owned(), port, line: Vec::new(), ended: false }
    }

    /// Writes the lines that are complete.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 64);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let whole = piece.strip_suffix(b"\n");
            let mut rest = whole.unwrap_or(piece);
            while !rest.is_empty() {
                if self.line.len() == LONGEST {
                    self.put(&mut out);
                }
                let (now, later) = rest.split_at(rest.len().min(LONGEST - self.line.len()));
                self.line.extend_from_slice(now);
                rest = later;
            }
            if whole.is_some() {
                self.put(&mut out);
            }
        }
        out
    }

    fn put(&mut self, out: &mut Vec<u8>) {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if self.ended {
            return;
        }
        if line == b"." {
            self.ended = true;
            return;
        }

        let own = (self.host.as_bytes(), self.port.to_string());
        let mut fields = line.split(|byte| *byte == b'\t');
        let (shown, selector) = (fields.next().unwrap_or_default(), fields.next());
        let or = |field: Option<&[u8]>, own: &[u8]| {
            field.map(<[u8]>::trim_ascii).filter(|field| !field.is_empty()).unwrap_or(own).to_vec()
        };
        match selector {
            Some(selector) => {
                out.extend_from_slice(shown);
                out.push(b'\t');
                out.extend_from_slice(selector);
            }
            None => {
                out.push(b'i');
                out.extend_from_slice(shown);
                out.push(b'\t');
            }
        }
        out.push(b'\t');
        out.extend_from_slice(&or(fields.next(), own.0));
        out.push(b'\t');
        out.extend_from_slice(&or(fields.next(), own.1.as_bytes()));
        out.extend_from_slice(b"\r\n");
    }

    /// Writes what is left, and the end.
    pub fn end(mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.line.is_empty() {
            self.put(&mut out);
        }
        out.extend_from_slice(b".\r\n");
        out
    }
}

/// An error, as an item of a menu. A client that expected text shows it, too.
pub fn error(message: &str) -> Vec<u8> {
    let message: String =
        message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    format!("3{message}\t\terror.host\t1\r\n.\r\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        let (mut whole, mut apart) = (Text::default(), Text::default());
        let mut first = whole.take(text.as_bytes());
        let mut second: Vec<u8> = text.bytes().flat_map(|byte| apart.take(&[byte])).collect();
        first.extend(whole.end());
        second.extend(apart.end());
        assert_eq!(first, second);
        String::from_utf8(first).unwrap()
    }

    fn menu(text: &str) -> String {
        let (mut whole, mut apart) = (Menu::new("h", 70), Menu::new("h", 70));
        let mut first = whole.take(text.as_bytes());
        let mut second: Vec<u8> = text.bytes().flat_map(|byte| apart.take(&[byte])).collect();
        first.extend(whole.end());
        second.extend(apart.end());
        assert_eq!(first, second);
        String::from_utf8(first).unwrap()
    }

    #[test]
    fn dots_of_text_are_doubled_and_lines_end_with_both() {
        assert_eq!(text(""), ".\r\n");
        assert_eq!(text("a"), "a\r\n.\r\n");
        assert_eq!(text("a\nb\r\n"), "a\r\nb\r\n.\r\n");
        assert_eq!(text(".\n..x\na.\n"), "..\r\n...x\r\na.\r\n.\r\n");
        assert_eq!(text("a\rb\r"), "a\rb\r\r\n.\r\n");
        assert_eq!(text("\n\n"), "\r\n\r\n.\r\n");
        assert_eq!(text("\r."), "\r.\r\n.\r\n");
    }

    #[test]
    fn a_menu_gets_what_it_leaves_out() {
        assert_eq!(menu(""), ".\r\n");
        assert_eq!(menu("1Time\t/time"), "1Time\t/time\th\t70\r\n.\r\n");
        assert_eq!(menu("0A\t/a\t\t\r\n"), "0A\t/a\th\t70\r\n.\r\n");
        assert_eq!(menu("1B\t/b\tother\t7070\textra\n"), "1B\t/b\tother\t7070\r\n.\r\n");
        assert_eq!(menu("Welcome\n\n"), "iWelcome\t\th\t70\r\ni\t\th\t70\r\n.\r\n");
        assert_eq!(menu("iHi\t\t\t\n.\nleft out\n"), "iHi\t\th\t70\r\n.\r\n");
    }

    #[test]
    fn a_line_of_a_menu_that_doesnt_end_is_broken() {
        let long = "x".repeat(3 * LONGEST + 5);
        let out = menu(&format!("{long}\nshort\n"));
        assert_eq!(out.lines().count(), 6);
        assert!(out.lines().all(|line| line.len() < LONGEST + 20));
    }

    #[test]
    fn an_error_is_one_line() {
        assert_eq!(error("no\r\n1x"), b"3no  1x\t\terror.host\t1\r\n.\r\n");
    }
}
