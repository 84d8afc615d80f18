//! Whether the fields of a pattern say what their writer means.
//!
//! croner reads the pattern, but takes a step that never steps (`*/90` for minutes) without a word, and says
//! little about the rest. So each field is looked at here first, and whoever wrote it is told what may stand there.

use std::fmt;

/// One field and the numbers that it may have.
struct Field {
    name: &'static str,
    first: u32,
    last: u32,
    names: &'static [&'static str],
    /// The number of the first name.
    offset: u32,
    /// Forms such as `L`, `15W` and `5#2`, which only croner reads.
    special: bool,
}

const fn plain(name: &'static str, first: u32, last: u32) -> Field {
    Field { name, first, last, names: &[], offset: 0, special: false }
}

const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const FIELDS: [Field; 6] = [
    plain("second", 0, 59),
    plain("minute", 0, 59),
    plain("hour", 0, 23),
    Field { special: true, ..plain("day", 1, 31) },
    Field { names: MONTHS, offset: 1, ..plain("month", 1, 12) },
    Field { names: WEEKDAYS, special: true, ..plain("weekday", 0, 7) },
];

/// Errs with what is wrong, and what to write instead.
pub(super) fn check(pattern: &str) -> Result<(), String> {
    let pattern = pattern.trim();
    if pattern.starts_with('@') {
        return Ok(());
    }
    let texts: Vec<&str> = pattern.split_whitespace().collect();
    let fields = match texts.len() {
        5 => &FIELDS[1..],
        6 => &FIELDS[..],
        count => {
            return Err(format!(
                "it has {count} fields; hint: write minute hour day month weekday, and a sixth field before them \
                 for seconds"
            ));
        }
    };
    fields.iter().zip(texts).try_for_each(|(field, text)| field.check(text))
}

impl Field {
    fn check(&self, text: &str) -> Result<(), String> {
        let text = if self.special { text.strip_prefix('+').unwrap_or(text) } else { text };
        text.split(',').try_for_each(|part| self.part(part))
    }

    /// One of the parts between commas.
    fn part(&self, part: &str) -> Result<(), String> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        if part.is_empty() {
            return Err(format!("the {} field has an empty part; hint: take the comma out", self.name));
        }
        let count = match range {
            "*" => self.count(),
            "?" if self.special => self.count(),
            range => match range.split_once('-') {
                Some((from, to)) => self.range(from, to)?,
                None => self.single(range, step)?,
            },
        };
        step.map_or(Ok(()), |step| self.step(step, count))
    }

    /// How many numbers the field has. Sunday is both 0 and 7.
    fn count(&self) -> u32 {
        if self.last == 7 { 7 } else { self.last - self.first + 1 }
    }

    fn range(&self, from: &str, to: &str) -> Result<u32, String> {
        let first = self.number(from)?;
        let last = match self.number(to.split('#').next().unwrap_or(to))? {
            // A week may be written with its Sunday at the end: FRI-SUN.
            0 if to.eq_ignore_ascii_case("SUN") => 7,
            last => last,
        };
        match last.checked_sub(first) {
            Some(steps) => Ok(steps + 1),
            None => Err(format!(
                "the range {from}-{to} of the {} field goes backwards; hint: write {from}-{},{}-{to}",
                self.name,
                self.last.min(self.first + self.count() - 1),
                self.first
            )),
        }
    }

    fn single(&self, text: &str, step: Option<&str>) -> Result<u32, String> {
        // croner looks at these itself.
        if self.special && text.contains(['L', 'l', 'W', 'w', '#']) && !self.is_name(text) {
            return Ok(self.count());
        }
        self.number(text)?;
        match step {
            None => Ok(1),
            Some(step) => Err(format!(
                "{text}/{step} of the {} field has a step, but no range; hint: write {text}-{}/{step}",
                self.name, self.last
            )),
        }
    }

    fn step(&self, text: &str, count: u32) -> Result<(), String> {
        let most = format!("hint: write a step from 1 to {count}");
        match digits(text) {
            None => Err(format!("'{text}' is no step for the {} field; {most}", self.name)),
            Some(0) => Err(format!("the {} field has a step of 0; {most}", self.name)),
            Some(step) if step > count => Err(format!(
                "a step of {step} never fits into the {} field, which has {count} numbers here: it would begin \
                 anew each time; {most}, or name the times in several schedules",
                self.name
            )),
            Some(_) => Ok(()),
        }
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let number = match named {
            Some(at) => u32::try_from(at).ok().map(|at| at + self.offset),
            None => digits(text),
        };
        number
            .filter(|number| (self.first..=self.last).contains(number))
            .ok_or_else(|| format!("'{text}' is no {}; hint: {self}", self.name))
    }

    fn is_name(&self, text: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(text))
    }
}

/// What may stand in the field.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} field goes from {} to {}", self.name, self.first, self.last)?;
        match (self.names.first(), self.names.last()) {
            (Some(first), Some(last)) => write!(f, ", or from {first} to {last}"),
            _ => Ok(()),
        }
    }
}

/// Only digits: no sign, which Rust would take.
fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|it| it.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
