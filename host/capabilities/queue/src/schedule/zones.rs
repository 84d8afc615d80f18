//! The rule of docs/cron.md against a reference that knows no shortcut: it looks at the zone's clock minute by
//! minute. Every zone that there is, around every change of its clocks in ten years and on days without one.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::Schedule;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// What is looked at before and after a change.
const AROUND: SignedDuration = SignedDuration::from_hours(4);

/// Splitmix64: the same patterns in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// A field as text, and the numbers that it names.
struct Numbers {
    text: String,
    named: BTreeSet<u64>,
}

impl Numbers {
    fn any(dice: &mut Dice, count: u64) -> Self {
        let numbers = |text, named: &mut dyn Iterator<Item = u64>| Self { text, named: named.collect() };
        let (one, other) = (dice.roll(count), dice.roll(count));
        let (from, to) = (one.min(other), one.max(other));
        match dice.roll(6) {
            0 => numbers("*".to_owned(), &mut (0..count)),
            1 => numbers(one.to_string(), &mut std::iter::once(one)),
            2 => numbers(format!("{one},{other}"), &mut [one, other].into_iter()),
            3 => numbers(format!("{from}-{to}"), &mut (from..=to)),
            4 => {
                let step = 1 + dice.roll(count);
                numbers(format!("*/{step}"), &mut (0..count).filter(|it| it % step == 0))
            }
            _ => {
                let step = 1 + dice.roll(to - from + 1);
                numbers(format!("{from}-{to}/{step}"), &mut (from..=to).filter(|it| (it - from) % step == 0))
            }
        }
    }
}

/// A pattern of minutes and hours, which are what the clocks' changes meet.
struct Pattern {
    minutes: Numbers,
    hours: Numbers,
}

impl Pattern {
    fn any(dice: &mut Dice) -> Self {
        // Most changes are in these hours.
        let hours = match dice.roll(3) {
            0 => {
                let hour = dice.roll(4);
                Numbers { text: format!("{hour},{}", hour + 12), named: [hour, hour + 12].into() }
            }
            _ => Numbers::any(dice, 24),
        };
        Self { minutes: Numbers::any(dice, 60), hours }
    }

    fn text(&self) -> String {
        format!("{} {} * * *", self.minutes.text, self.hours.text)
    }

    fn fits(&self, civil: DateTime) -> bool {
        let (minute, hour) = (civil.minute().unsigned_abs().into(), civil.hour().unsigned_abs().into());
        self.minutes.named.contains(&minute) && self.hours.named.contains(&hour)
    }
}

/// What is due after `from` and up to `to`, by looking at the clock each minute.
fn reference(pattern: &Pattern, zone: &TimeZone, from: Timestamp, to: Timestamp) -> Vec<u64> {
    // What the clock showed before is known some hours back: no clock was put back by more.
    let mut at = from - AROUND;
    let mut latest = zone.to_datetime(at);
    let mut due = Vec::new();
    while at < to {
        at += MINUTE;
        let shown = zone.to_datetime(at);
        let mut fits = false;
        // All that is new since the latest time that was ever shown: one minute, or what was left out, or none.
        while latest < shown {
            latest = latest.checked_add(Span::new().minutes(1)).expect("in this millennium");
            fits |= pattern.fits(latest);
        }
        if fits && at > from {
            due.push(u64::try_from(at.as_millisecond()).expect("after 1970"));
        }
    }
    due
}

fn all(schedule: &Schedule, from: Timestamp, to: Timestamp) -> Vec<u64> {
    let [mut at, to] = [from, to].map(|it| u64::try_from(it.as_millisecond()).expect("after 1970"));
    let mut due = Vec::new();
    while let Some(next) = schedule.next(at).filter(|next| *next <= to) {
        assert_eq!(schedule.latest(at, next), Some(next), "the latest is not what is next");
        assert_eq!(schedule.latest(at, next - 1), None, "something is due before what is next");
        due.push(next);
        at = next;
    }
    assert_eq!(schedule.latest(at, to), None, "something is due after the last");
    due
}

/// The changes of a zone's clocks, and some days, as spans of time to look at.
fn spans(zone: &TimeZone, first: Timestamp, last: Timestamp, dice: &mut Dice) -> Vec<[Timestamp; 2]> {
    let changes = zone.following(first).map(|it| it.timestamp()).take_while(|it| *it < last);
    let mut spans: Vec<_> = changes.map(|it| [it - AROUND, it + AROUND]).collect();
    for _ in 0..4 {
        let day = SignedDuration::from_hours(24 * i64::try_from(dice.roll(3650)).expect("a day"));
        spans.push([first + day, first + day + AROUND]);
    }
    spans
}

#[test]
fn every_zone_has_the_rule_in_ten_years() {
    let [first, last] = ["2024-01-01T00:00Z", "2034-01-01T00:00Z"].map(|it| it.parse().expect("a time"));
    let mut dice = Dice(20_261_127);
    let (mut zones, mut looked, mut due) = (0, 0, 0);
    for name in jiff::tz::db().available() {
        let zone = TimeZone::get(name.as_str()).expect("it is available");
        zones += 1;
        for [from, to] in spans(&zone, first, last, &mut dice) {
            let pattern = Pattern::any(&mut dice);
            let text = pattern.text();
            let schedule = Schedule::new(&text, Some(name.as_str())).expect("a schedule");
            let expected = reference(&pattern, &zone, from, to);
            assert_eq!(all(&schedule, from, to), expected, "'{text}' in {name}, {from} to {to}");
            looked += 1;
            due += expected.len();
        }
    }
    assert!(zones > 300 && looked > 4 * zones && due > looked, "{zones} zones, {looked} spans, {due} times");
}
