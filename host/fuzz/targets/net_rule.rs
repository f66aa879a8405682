//! Any text: a rule or a usage error; and a rule that was read, shown and read again is the same
//! rule.
#![no_main]

use forebay::policy::NetRule;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(rule) = text.parse::<NetRule>() {
        let shown = rule.to_string();
        assert_eq!(shown.parse::<NetRule>().as_ref(), Ok(&rule), "{text:?} is shown as {shown:?}");
        assert!(rule.ports.low <= rule.ports.high);
    }
});
