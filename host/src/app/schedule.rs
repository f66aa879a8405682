//! When something is done: each minute that a line in the style of cron names. Pure, but for the
//! rules of a time zone, which are the system's.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// How far ahead a minute is looked for, in days: a 29 February that is a certain day of the week can
/// be forty years off, round a century that has none.
const FAR: usize = 366 * 41;

/// A line of cron, and the time zone that its hours are of.
///
/// The first five fields are cron's: minute, hour, day of the month, month, day of the week. If
/// both days are said, either will do. An hour that is named and is left out by a change of the
/// clock is done an hour later; one that comes twice is done the first time. A line whose hour
/// starts with `*` is done whenever the clock shows a minute of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cron {
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
    zone: TimeZone,
}

/// The numbers that a field names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    numbers: u64,
    /// Whether it starts with `*`.
    any: bool,
}

/// What a field may say.
struct Range {
    name: &'static str,
    low: u8,
    high: u8,
    /// Names for numbers, from the lowest on.
    names: &'static [&'static str],
}

const MINUTES: Range = Range { name: "minute", low: 0, high: 59, names: &[] };
const HOURS: Range = Range { name: "hour", low: 0, high: 23, names: &[] };
const DAYS: Range = Range { name: "day of the month", low: 1, high: 31, names: &[] };
const MONTHS: Range = Range {
    name: "month",
    low: 1,
    high: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAYS: Range = Range {
    name: "day of the week",
    low: 0,
    high: 7,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

/// Short forms, and what they stand for.
const NAMED: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

impl Cron {
    /// Reads a line. `zone` is a name as `Europe/Berlin`; UTC if it isn't said.
    ///
    /// # Errors
    /// When it's no line of cron, names a minute that never comes, or the system knows no such
    /// zone.
    pub fn read(line: &str, zone: Option<&str>) -> Result<Cron, String> {
        let zone = match zone {
            None | Some("UTC") => TimeZone::UTC,
            Some(name) => TimeZone::get(name)
                .map_err(|_| format!("the system knows no time zone `{name}`"))?,
        };
        let short = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(line.trim()));
        let line = short.map_or(line, |(_, long)| long);
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return Err(format!(
                "`{line}` has {} fields; there are five: minute, hour, day, month, weekday",
                fields.len()
            ));
        };

        let mut cron = Cron {
            minutes: MINUTES.read(minutes)?,
            hours: HOURS.read(hours)?,
            days: DAYS.read(days)?,
            months: MONTHS.read(months)?,
            weekdays: WEEKDAYS.read(weekdays)?,
            zone,
        };
        // Sunday is 0 and 7.
        cron.weekdays.numbers |= u64::from(cron.weekdays.has(7));
        // Any leap year will do.
        match cron.next(Timestamp::UNIX_EPOCH) {
            Some(_) => Ok(cron),
            None => Err(format!("`{line}` names a day that never comes")),
        }
    }

    /// The first minute after `now`.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        // A clock change may have moved what is due today to another day, so the day before counts.
        let first = now.to_zoned(self.zone.clone()).date().yesterday().ok()?;
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok()).take(FAR);
        days.filter(|day| self.has_day(*day)).find_map(|day| self.within(day, now))
    }

    fn has_day(&self, day: Date) -> bool {
        let number = |number: i8| u8::try_from(number).unwrap_or_default();
        let by_month = self.days.has(number(day.day()));
        let by_week = self.weekdays.has(number(day.weekday().to_sunday_zero_offset()));
        let either = match (self.days.any, self.weekdays.any) {
            (false, false) => by_month || by_week,
            _ => by_month && by_week,
        };
        self.months.has(number(day.month())) && either
    }

    /// The first minute of a day that is after `now`.
    fn within(&self, day: Date, now: Timestamp) -> Option<Timestamp> {
        let instant = |time: DateTime| self.zone.to_ambiguous_zoned(time).compatible();
        if !self.hours.any {
            let times = self
                .hours
                .each()
                .flat_map(|hour| self.minutes.each().map(move |minute| day.at(hour, minute, 0, 0)));
            let instants = times.filter_map(|time| Some(instant(time).ok()?.timestamp()));
            return instants.filter(|instant| *instant > now).min();
        }

        let start = instant(day.at(0, 0, 0, 0)).ok()?.timestamp();
        let end = instant(day.tomorrow().ok()?.at(0, 0, 0, 0)).ok()?.timestamp();
        // Clocks are changed by whole minutes.
        let minute = |time: Timestamp| Timestamp::from_second(time.as_second().div_euclid(60) * 60);
        let after = minute(now).ok()?.checked_add(1.minute()).ok()?;
        let minutes =
            std::iter::successors(Some(start.max(after)), |time| time.checked_add(1.minute()).ok());
        minutes.take_while(|time| *time < end).find(|time| {
            let shown = time.to_zoned(self.zone.clone());
            let number = |number: i8| u8::try_from(number).unwrap_or_default();
            self.hours.has(number(shown.hour())) && self.minutes.has(number(shown.minute()))
        })
    }
}

impl Field {
    fn has(self, number: u8) -> bool {
        number < 64 && self.numbers & (1 << number) != 0
    }

    fn each(self) -> impl Iterator<Item = i8> {
        (0..60).filter(move |number: &i8| self.has(number.unsigned_abs()))
    }
}

impl Range {
    fn read(&self, text: &str) -> Result<Field, String> {
        let mut field = Field { numbers: 0, any: text.starts_with('*') };
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => {
                    let step = step.parse().ok().filter(|step| *step > 0);
                    let wrong = || format!("{}: `{part}` has no step", self.name);
                    (range, Some(step.ok_or_else(wrong)?))
                }
                None => (part, None),
            };
            let (low, high) = match range.split_once('-') {
                _ if range == "*" => (self.low, self.high.min(if self.high == 7 { 6 } else { 59 })),
                Some((low, high)) => (self.number(low)?, self.number(high)?),
                // From there on, if there is a step.
                None if step.is_some() => (self.number(range)?, self.high),
                None => (self.number(range)?, self.number(range)?),
            };
            if low > high {
                return Err(format!("{}: `{range}` goes backwards", self.name));
            }
            let numbers = (low..=high).step_by(step.unwrap_or(1));
            numbers.for_each(|number| field.numbers |= 1 << number);
        }
        Ok(field)
    }

    fn number(&self, text: &str) -> Result<u8, String> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        if let Some(index) = named {
            return Ok(self.low + u8::try_from(index).unwrap_or_default());
        }
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| (self.low..=self.high).contains(number));
        number.filter(|_| digits).ok_or_else(|| {
            format!("{}: `{text}` is none of {} to {}", self.name, self.low, self.high)
        })
    }
}

#[cfg(test)]
mod tests;
