//! Minutes that lines of cron name, over leap years and changes of the clock.

use super::*;

/// The first minutes after a time that a line names, as the zone's clock shows them.
fn due(line: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let cron = Cron::read(line, Some(zone)).unwrap();
    let mut now: Timestamp = after.parse().unwrap();
    let mut found = Vec::new();
    for _ in 0..count {
        now = cron.next(now).unwrap();
        found.push(now.to_zoned(cron.zone.clone()).strftime("%a %F %R %z").to_string());
    }
    found
}

#[test]
fn minutes_are_those_that_all_fields_name() {
    let due = |line, after, count| due(line, "UTC", after, count);
    assert_eq!(
        due("*/20 9-10 * * mon-fri", "2026-11-20T09:45:30Z", 4),
        [
            "Fri 2026-11-20 10:00 +0000",
            "Fri 2026-11-20 10:20 +0000",
            "Fri 2026-11-20 10:40 +0000",
            "Mon 2026-11-23 09:00 +0000"
        ]
    );
    // A minute that has begun is over.
    assert_eq!(due("0 0 * * *", "2026-11-20T00:00:00Z", 1), ["Sat 2026-11-21 00:00 +0000"]);
    assert_eq!(due("0 0 * * *", "2026-11-19T23:59:59.999Z", 1), ["Fri 2026-11-20 00:00 +0000"]);
    assert_eq!(due("* * * * *", "2026-12-31T23:59:01Z", 1), ["Fri 2027-01-01 00:00 +0000"]);
    assert_eq!(due("@weekly", "2026-11-20T00:00:00Z", 1), ["Sun 2026-11-22 00:00 +0000"]);
    assert_eq!(due("5 4 * * 7", "2026-11-20T00:00:00Z", 1), ["Sun 2026-11-22 04:05 +0000"]);
    assert_eq!(due("50/5 1 * JAN *", "2026-01-01T01:50:00Z", 1), ["Thu 2026-01-01 01:55 +0000"]);
}

#[test]
fn a_leap_day_of_a_certain_weekday_is_found_however_far_off_it_is() {
    let due = |line, after| due(line, "UTC", after, 1);
    assert_eq!(due("0 0 29 2 */2", "2032-03-01T00:00:00Z"), ["Sat 2048-02-29 00:00 +0000"]);
    assert_eq!(due("0 0 29 2 */7", "2088-03-01T00:00:00Z"), ["Sun 2128-02-29 00:00 +0000"]);
}

#[test]
fn if_both_days_are_said_either_will_do() {
    let due = |line| due(line, "UTC", "2026-11-01T12:00:00Z", 2);
    assert_eq!(due("0 0 13 * fri"), ["Fri 2026-11-06 00:00 +0000", "Fri 2026-11-13 00:00 +0000"]);
    assert_eq!(due("0 0 3 * sun"), ["Tue 2026-11-03 00:00 +0000", "Sun 2026-11-08 00:00 +0000"]);
    assert_eq!(due("0 0 */2 * tue"), ["Tue 2026-11-03 00:00 +0000", "Tue 2026-11-17 00:00 +0000"]);
}

#[test]
fn a_leap_day_comes_even_over_a_century() {
    let leap = |after| due("0 12 29 2 *", "UTC", after, 1)[0].clone();
    assert_eq!(leap("2026-03-01T00:00:00Z"), "Tue 2028-02-29 12:00 +0000");
    assert_eq!(leap("2096-03-01T00:00:00Z"), "Fri 2104-02-29 12:00 +0000");
    assert_eq!(due("* * 29 2 *", "UTC", "2026-03-01T00:00:00Z", 1), ["Tue 2028-02-29 00:00 +0000"]);
}

#[test]
fn an_hour_that_is_left_out_is_done_later_and_one_that_comes_twice_once() {
    // In Berlin, on 29 March 2026, 02:00 becomes 03:00; on 25 October, 03:00 becomes 02:00.
    let due = |line, after, count| due(line, "Europe/Berlin", after, count);
    assert_eq!(
        due("30 2 * * *", "2026-03-28T12:00:00Z", 2),
        ["Sun 2026-03-29 03:30 +0200", "Mon 2026-03-30 02:30 +0200"]
    );
    assert_eq!(
        due("30 2 * * *", "2026-10-24T12:00:00Z", 2),
        ["Sun 2026-10-25 02:30 +0200", "Mon 2026-10-26 02:30 +0100"]
    );
    assert_eq!(
        due("30 * * * *", "2026-10-24T23:45:00Z", 4),
        [
            "Sun 2026-10-25 02:30 +0200",
            "Sun 2026-10-25 02:30 +0100",
            "Sun 2026-10-25 03:30 +0100",
            "Sun 2026-10-25 04:30 +0100"
        ]
    );
    assert_eq!(
        due("30 */2 * * *", "2026-03-29T00:00:00Z", 2),
        ["Sun 2026-03-29 04:30 +0200", "Sun 2026-03-29 06:30 +0200"]
    );
}

#[test]
fn a_midnight_that_is_left_out_is_the_same_day() {
    // In Beirut, on 29 March 2026, 00:00 becomes 01:00.
    let due = |line| due(line, "Asia/Beirut", "2026-03-28T12:00:00Z", 1);
    assert_eq!(due("0 0 * * *"), ["Sun 2026-03-29 01:00 +0300"]);
}

#[test]
fn what_is_no_line_is_told_with_the_reason() {
    for (line, why) in [
        ("* * * *", "has 4 fields"),
        ("* * * * * *", "has 6 fields"),
        ("60 * * * *", "minute: `60` is none of 0 to 59"),
        ("* 24 * * *", "hour: `24`"),
        ("* * 0 * *", "day of the month: `0`"),
        ("* * * 13 *", "month: `13`"),
        ("* * * * 8", "day of the week: `8`"),
        ("* * * * mo", "`mo` is none"),
        ("*/0 * * * *", "has no step"),
        ("5-1 * * * *", "goes backwards"),
        ("+5 * * * *", "`+5`"),
        (", * * * *", "`` is none"),
        ("-5 * * * *", "`` is none"),
        ("0 0 30 2 *", "never comes"),
        ("@reboot", "has 1 fields"),
        ("", "has 0 fields"),
    ] {
        let error = Cron::read(line, None).unwrap_err();
        assert!(error.contains(why), "{line}: {error}");
    }
    assert!(Cron::read("@daily", Some("Mars/Olympus")).unwrap_err().contains("no time zone"));
}
