//! Finds what was redacted once wherever else it stands: a handler copies an address from a body into a
//! parameter, a job, a log line and its response.
//!
//! A text is read once, however many values there are: they are kept by their first four bytes.
//! Each is known as it is, as JSON escapes it and as a URL does.
//!
//! Decided against: an Aho-Corasick automaton, which is built anew for every value that comes to it.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::stand_in;
use crate::value::Value;

/// Shorter values are not looked for: they would be found in everything.
const SHORTEST: usize = 4;
/// Shorter values, and numbers, are found as whole words only.
const WORD: usize = 6;
/// Of longer values a hash is kept.
const KEPT: usize = 64;
/// More than this many values of one execution, and every text of it is hidden whole.
const MOST: usize = 200_000;
/// What stands for a text in which looking costs too much. Who makes it so has nothing to lose.
const WHOLE: &str = "redacted: too much to look through";

/// How often a text is looked through until nothing more is found.
const PASSES: usize = 4;

type Head = [u8; SHORTEST];

enum Body {
    Text(Box<[u8]>),
    Hash(blake3::Hash),
}

struct Copy {
    length: usize,
    body: Body,
    stand_in: Box<str>,
    word: bool,
    number: bool,
}

/// The values of one execution, each with what stands for it.
#[derive(Default)]
pub struct Copies {
    // The longest first: a value may be the beginning of another, whose rest would stay.
    by_head: HashMap<Head, Vec<Copy>>,
    known: HashSet<[u8; 16]>,
    firsts: Firsts,
}

/// Which bytes a value begins with.
struct Firsts([bool; 256]);

impl Default for Firsts {
    fn default() -> Self {
        Self([false; 256])
    }
}

impl std::fmt::Debug for Copies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Copies").field("count", &self.known.len()).finish_non_exhaustive()
    }
}

impl Copies {
    /// Keeps a value. Numbers of fewer than six digits, texts of fewer than four bytes and what is part
    /// of every stand-in are left out.
    pub fn add(&mut self, value: &[u8], stand_in: &str) {
        let number = value.iter().all(u8::is_ascii_digit);
        let shortest = if number { WORD } else { SHORTEST };
        let everywhere = ["redacted", "redacted.invalid", "secret"];
        let common =
            everywhere.iter().any(|it| it.as_bytes().windows(value.len().max(1)).any(|it| it == value));
        if value.len() < shortest || common || self.known.len() > MOST {
            return;
        }
        self.insert(value, stand_in, number);
        let Ok(text) = std::str::from_utf8(value) else { return };
        self.insert(json(text).as_bytes(), stand_in, number);
        // Percent-encoded ones are found as they are: only a form has a space in another way.
        if text.contains(' ') {
            self.insert(percent(text, "+").as_bytes(), &percent(stand_in, "+"), number);
        }
    }

    fn insert(&mut self, value: &[u8], stand_in: &str, number: bool) {
        let hash = blake3::hash(value);
        let mut short = [0; 16];
        short.copy_from_slice(&hash.as_bytes()[..16]);
        let Some(head) = value.first_chunk::<SHORTEST>() else { return };
        if !self.known.insert(short) {
            return;
        }
        let body = if value.len() > KEPT { Body::Hash(hash) } else { Body::Text(value.into()) };
        let word = number || value.len() < WORD;
        let copies = self.by_head.entry(*head).or_default();
        let place = copies.partition_point(|copy| copy.length >= value.len());
        copies.insert(place, Copy { length: value.len(), body, stand_in: stand_in.into(), word, number });
        self.firsts.0[usize::from(head[0])] = true;
    }

    /// How many forms of values there are.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Hides all copies in the texts and bytes of a value.
    pub fn hide(&self, value: &mut Value) {
        value.visit(&mut |value| match value {
            Value::String(text) => {
                if let Some(hidden) = self.hidden(text.as_bytes()) {
                    *text = String::from_utf8_lossy(&hidden).into_owned();
                }
            }
            Value::Bytes(bytes) => {
                if let Some(hidden) = self.hidden(bytes) {
                    *bytes = hidden;
                }
            }
            _ => {}
        });
    }

    /// Whether any could stand in these bytes, whatever is around it.
    pub(crate) fn may_occur(&self, bytes: &[u8]) -> bool {
        let occurs = |bytes: &[u8]| {
            let mut budget = budget(bytes);
            (0..bytes.len())
                .filter(|at| self.firsts.0[usize::from(bytes[*at])])
                .any(|at| self.longest(bytes, at, &mut budget, |_| true).is_none_or(|found| found.is_some()))
        };
        self.known.len() > MOST || occurs(bytes) || decoded(bytes).is_some_and(|(plain, _)| occurs(&plain))
    }

    /// The bytes without copies; none: they have none.
    pub(crate) fn hidden(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.known.len() > MOST {
            return (bytes.len() >= SHORTEST).then(|| WHOLE.into());
        }
        let mut hidden: Option<Vec<u8>> = None;
        // A value that was kept may have stand-ins in it, so what is left may be a copy again.
        for _ in 0..PASSES {
            let bytes = hidden.as_deref().unwrap_or(bytes);
            let Some(next) = self.without(bytes).or_else(|| self.without_encoded(bytes)) else { break };
            hidden = Some(next);
        }
        hidden
    }

    fn without(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let Some(matches) = self.matches(bytes) else { return Some(WHOLE.into()) };
        let is_json = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['));
        let stand_in = |(at, copy): (Range<usize>, &Copy)| {
            let bare = is_json && copy.number && is_bare(bytes, at.start, at.end);
            let text = if bare { format!("\"{}\"", copy.stand_in) } else { copy.stand_in.to_string() };
            (at, text)
        };
        spliced(bytes, matches.into_iter().map(stand_in))
    }

    /// The same for what is percent-encoded, whichever letters are.
    fn without_encoded(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (plain, places) = decoded(bytes)?;
        let Some(matches) = self.matches(&plain) else { return Some(WHOLE.into()) };
        let places = matches.into_iter().map(|(at, copy)| (places[at.start]..places[at.end], copy));
        let encoded = places.filter(|(at, _)| bytes[at.clone()].contains(&b'%'));
        spliced(bytes, encoded.map(|(at, copy)| (at, percent(&copy.stand_in, "%20"))))
    }

    /// Where copies stand, none inside another; none where looking costs too much.
    fn matches(&self, bytes: &[u8]) -> Option<Vec<(Range<usize>, &Copy)>> {
        let (mut found, mut at, mut budget) = (Vec::new(), 0, budget(bytes));
        while at + SHORTEST <= bytes.len() {
            if bytes[at] == b'r'
                && let Some((_, length)) = stand_in::at(&bytes[at..])
            {
                at += length;
                continue;
            }
            let fits = |copy: &Copy| !copy.word || is_word(bytes, at, at + copy.length);
            let copy = match self.firsts.0[usize::from(bytes[at])] {
                true => self.longest(bytes, at, &mut budget, fits)?,
                false => None,
            };
            let length = copy.map_or(1, |copy| copy.length);
            found.extend(copy.map(|copy| (at..at + length, copy)));
            at += length;
        }
        Some(found)
    }

    /// The longest copy that begins here; none where the budget is used up.
    fn longest(
        &self,
        bytes: &[u8],
        at: usize,
        budget: &mut usize,
        fits: impl Fn(&Copy) -> bool,
    ) -> Option<Option<&Copy>> {
        let rest = &bytes[at..];
        let head = rest.first_chunk::<SHORTEST>();
        for copy in head.and_then(|head| self.by_head.get(head)).into_iter().flatten() {
            let Some(candidate) = rest.get(..copy.length) else { continue };
            *budget = budget.checked_sub(copy.length)?;
            let same = match &copy.body {
                Body::Text(text) => **text == *candidate,
                Body::Hash(hash) => blake3::hash(candidate) == *hash,
            };
            if same && fits(copy) {
                return Some(Some(copy));
            }
        }
        Some(None)
    }
}

/// The bytes with other texts in some places; none: there are no such places.
fn spliced(bytes: &[u8], texts: impl Iterator<Item = (Range<usize>, String)>) -> Option<Vec<u8>> {
    let (mut out, mut from) = (Vec::new(), 0);
    for (at, text) in texts {
        out.extend_from_slice(&bytes[from..at.start]);
        out.extend_from_slice(text.as_bytes());
        from = at.end;
    }
    (from > 0).then(|| [out.as_slice(), &bytes[from..]].concat())
}

/// What percent-encoded bytes say, and where each of them stands, the end included. None: nothing is.
fn decoded(bytes: &[u8]) -> Option<(Vec<u8>, Vec<usize>)> {
    bytes.contains(&b'%').then_some(())?;
    let (mut plain, mut places, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        let digit = |index: usize| bytes.get(index).and_then(|digit| char::from(*digit).to_digit(16));
        places.push(at);
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                plain.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                plain.push(*byte);
                at += 1;
            }
        }
    }
    places.push(at);
    (plain.len() < bytes.len()).then_some((plain, places))
}

/// How many bytes may be compared: for texts that are made of the beginnings of values.
fn budget(bytes: &[u8]) -> usize {
    (bytes.len() * 64).max(1 << 20)
}

/// Whether neither side goes on with a letter or a digit.
fn is_word(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).is_some_and(|at| bytes[at].is_ascii_alphanumeric());
    !before && !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether a number stands in JSON as a number: its stand-in is a text and needs quotes.
fn is_bare(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = bytes[..start].trim_ascii_end().last();
    let after = bytes[end..].trim_ascii_start().first();
    matches!(before, Some(b':' | b'[' | b',')) && matches!(after, Some(b',' | b']' | b'}'))
}

/// As it stands between the quotes of a JSON text.
fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// As it stands in a URL, and in a form where a space is `+`.
fn percent(text: &str, space: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push_str(space),
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[&str], text: &str, expect: &str) {
        let mut copies = Copies::default();
        for (index, value) in values.iter().enumerate() {
            copies.add(value.as_bytes(), &format!("<{index}>"));
        }
        let hidden = copies.hidden(text.as_bytes()).unwrap_or_else(|| text.as_bytes().to_vec());
        assert_eq!(String::from_utf8_lossy(&hidden), expect);
        assert!(text == expect || copies.may_occur(text.as_bytes()));
    }

    #[test]
    fn every_copy_is_found_in_one_pass() {
        check(&["ann@example.org", "bob@example.org"], "ann@example.org, bob@example.org!", "<0>, <1>!");
        check(&["secrets"], "mysecretssecretsx", "my<0><0>x");
        check(&["secrets"], "secret", "secret");
    }

    #[test]
    fn what_becomes_a_copy_when_others_are_hidden_is_one() {
        let mut copies = Copies::default();
        let token = format!("redacted:{}", "ab12".repeat(8));
        copies.add(b"secrets", &token);
        copies.add(format!("all {token} here").as_bytes(), "<whole>");
        assert_eq!(copies.hidden(b"-all secrets here-"), Some(b"-<whole>-".to_vec()));
    }

    #[test]
    fn the_longest_goes_first() {
        check(&["abcdef", "abcdefgh"], "abcdefghabcdef", "<1><0>");
        let long = "x".repeat(100);
        check(&[&long, "xxxxxxxx"], &format!("-{long}-xxxxxxxx-"), "-<0>-<1>-");
    }

    #[test]
    fn short_ones_and_numbers_are_whole_words_or_nothing() {
        check(
            &["blue", "123456", "abc", "12345"],
            "blue blues abc 12345 123456 1234567",
            "<0> blues abc 12345 <1> 1234567",
        );
    }

    #[test]
    fn escaped_forms_are_found() {
        check(&["say \"hi\"\n"], r#"{"a":"say \"hi\"\n"}"#, r#"{"a":"<0>"}"#);
        check(&["a b@c.de"], "?q=a%20b%40c.de&r=a+b%40c.de", "?q=%3C0%3E&r=%3C0%3E");
        check(&["a+b/c@d.ef"], "?q=a+b/c%40d.ef&r=%", "?q=%3C0%3E&r=%");
    }

    #[test]
    fn a_bare_number_in_json_becomes_a_text() {
        check(&["4111111111"], r#"{"a": 4111111111, "b":"4111111111"}"#, r#"{"a": "<0>", "b":"<0>"}"#);
        check(&["4111111111"], "card 4111111111,", "card <0>,");
    }

    #[test]
    fn stand_ins_are_passed_over() {
        let token = format!("redacted:{}", "ab12".repeat(8));
        check(&["ab12ab12", "redacted"], &token, &token);
    }

    #[test]
    fn a_text_that_costs_too_much_is_hidden_whole() {
        let mut copies = Copies::default();
        for length in 1000..1200 {
            copies.add(format!("{}b", "a".repeat(length)).as_bytes(), "<>");
        }
        assert_eq!(copies.hidden("a".repeat(100_000).as_bytes()), Some(WHOLE.into()));
    }
}
