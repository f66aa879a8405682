//! Any text: a rule or a usage error; and a rule that was read, shown and read again is the same
//! rule.

use forebay::policy::NetRule;

/// One input; bytes that are no text are none.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(rule) = text.parse::<NetRule>() {
        let shown = rule.to_string();
        assert_eq!(shown.parse::<NetRule>().as_ref(), Ok(&rule), "{text:?} is shown as {shown:?}");
        assert!(rule.ports.low <= rule.ports.high);
    }
}
