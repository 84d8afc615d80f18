//! Finds what was hidden once wherever else it stands: a handler values an address from a body into a
//! parameter, a job, a log line and its response.
//!
//! A text is read once, however many values there are: they are kept by their first four bytes, and by their
//! hashes. Each is known as it is, as JSON escapes it and as URLs and forms do, and what stands for it is spelt
//! in the same way.
//!
//! Decided against: an Aho-Corasick automaton, which is built anew for every value that comes to it.

use std::collections::HashMap;
use std::ops::Range;

use crate::spelling::{Escapes, Plain, percent, spelt};
use crate::stand_in::Marking;
use crate::value::Value;

/// Shorter values are not looked for: they would be found in everything. Secrets are.
const SHORTEST: usize = 4;
/// Shorter values, and numbers, are found as whole words only.
const WORD: usize = 6;
/// More than this many values of one execution, and every text of it is hidden whole.
const MOST: usize = 200_000;
/// How often a text is looked through until nothing more is found.
const PASSES: usize = 8;

type Head = [u8; SHORTEST];
type Hash = [u8; 32];

#[derive(Debug, Clone)]
struct Hiding {
    stand_in: Box<str>,
    word: bool,
    // A number or a compound: in JSON it may stand without quotes, which a stand-in cannot.
    bare: bool,
}

/// The values of one execution, each with what stands for it. The values themselves are not kept.
pub struct Occurrences {
    marking: Marking,
    // The lengths of the values that begin alike, the longest first: a value may be the beginning of another,
    // whose rest would stay.
    lengths: HashMap<Head, Vec<usize>>,
    by_hash: HashMap<Hash, Hiding>,
    // Secrets that are too short to have a head, the longest first.
    short: Vec<(Box<[u8]>, Hiding)>,
    // Which bytes a value begins with.
    firsts: [bool; 256],
    // Whether a form has a value in a way of its own.
    spaces: bool,
}

impl std::fmt::Debug for Occurrences {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Occurrences").field("count", &self.len()).finish_non_exhaustive()
    }
}

/// A part of a text, and what stands for the value there.
type Match<'a> = (Range<usize>, &'a Hiding);

impl Occurrences {
    /// None yet. Stand-ins are marked in this way.
    pub fn new(marking: Marking) -> Self {
        Self {
            marking,
            lengths: HashMap::new(),
            by_hash: HashMap::new(),
            short: Vec::new(),
            firsts: [false; 256],
            spaces: false,
        }
    }

    /// How stand-ins are marked.
    pub fn marking(&self) -> Marking {
        self.marking
    }

    /// Keeps a value. Numbers of fewer than six digits and texts of fewer than four bytes are left out.
    pub fn add(&mut self, value: &[u8], stand_in: &str) {
        let number = value.iter().all(u8::is_ascii_digit);
        let shortest = if number { WORD } else { SHORTEST };
        // All stand-ins of format 1.0 have these, and no tag says where one is.
        let common = self.marking == Marking::First && is_of_every_stand_in(value);
        if value.len() < shortest || common || self.len() > MOST {
            return;
        }
        let word = number || value.len() < WORD;
        let bare = number || matches!(value[0], b'{' | b'[');
        self.insert(value, Hiding { stand_in: stand_in.into(), word, bare });
    }

    /// Keeps a secret, which is found wherever it stands, however short; gives what stands for it. Another
    /// secret, or a value that was redacted, may be the same.
    pub(crate) fn add_secret(&mut self, value: &[u8], stand_in: &str) -> String {
        let number = value.iter().all(u8::is_ascii_digit);
        self.insert(value, Hiding { stand_in: stand_in.into(), word: false, bare: number });
        self.known(value).map_or_else(String::new, |hiding| {
            hiding.word = false;
            hiding.stand_in.to_string()
        })
    }

    fn known(&mut self, value: &[u8]) -> Option<&mut Hiding> {
        if value.len() < SHORTEST {
            return self.short.iter_mut().find(|(short, _)| **short == *value).map(|(_, hiding)| hiding);
        }
        self.by_hash.get_mut(blake3::hash(value).as_bytes())
    }

    fn insert(&mut self, value: &[u8], hiding: Hiding) {
        let Some(first) = value.first() else { return };
        if self.known(value).is_some() {
            return;
        }
        self.firsts[usize::from(*first)] = true;
        self.spaces |= value.contains(&b' ');
        let Some(head) = value.first_chunk::<SHORTEST>() else {
            let place = self.short.partition_point(|(short, _)| short.len() >= value.len());
            return self.short.insert(place, (value.into(), hiding));
        };
        let lengths = self.lengths.entry(*head).or_default();
        let place = lengths.partition_point(|length| *length > value.len());
        // Of values that begin alike there are many, of their lengths few: those of n bytes have at most √2n.
        if lengths.get(place) != Some(&value.len()) {
            lengths.insert(place, value.len());
        }
        self.by_hash.insert(*blake3::hash(value).as_bytes(), hiding);
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.by_hash.len() + self.short.len()
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Hides all occurrences in the texts and bytes of a value.
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
            (0..bytes.len()).filter(|at| self.firsts[usize::from(bytes[*at])]).any(|at| {
                self.longest(bytes, at, &mut budget, |_, _| true).is_none_or(|found| found.is_some())
            })
        };
        let escaped = |escapes: Escapes| escapes.read(bytes).is_some_and(|plain| occurs(&plain.bytes));
        !self.is_empty() && (self.len() > MOST || occurs(bytes) || self.escapes().any(escaped))
    }

    /// The escapes in which values may stand.
    fn escapes(&self) -> impl Iterator<Item = Escapes> {
        Escapes::ALL.into_iter().filter(|it| *it != Escapes::Form || self.spaces)
    }

    /// The bytes without occurrences; none: they have none.
    pub(crate) fn hidden(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.len() > MOST {
            return (bytes.len() >= SHORTEST).then(|| self.marking.whole().into_bytes());
        }
        let mut hidden: Option<Vec<u8>> = None;
        // A value that was kept may have stand-ins in it, so what is left may be a value again.
        for _ in 0..PASSES {
            let before = hidden.as_deref().unwrap_or(bytes);
            let Some(next) = self.pass(before) else { break };
            hidden = Some(next);
        }
        hidden
    }

    /// Looks once in each way.
    fn pass(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut hidden = self.without(bytes);
        for escapes in self.escapes() {
            let next = self.without_escaped(hidden.as_deref().unwrap_or(bytes), escapes);
            hidden = next.or(hidden);
        }
        hidden
    }

    fn without(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let Some(matches) = self.matches(bytes) else { return Some(self.marking.whole().into_bytes()) };
        let is_json = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['));
        let stand_in = |(at, hiding): Match<'_>| {
            let bare = is_json && hiding.bare && is_bare(bytes, at.start, at.end);
            let text = if bare { format!("\"{}\"", hiding.stand_in) } else { hiding.stand_in.to_string() };
            (at, text)
        };
        spliced(bytes, matches.into_iter().map(stand_in))
    }

    /// The same for what is escaped, whichever characters are.
    fn without_escaped(&self, bytes: &[u8], escapes: Escapes) -> Option<Vec<u8>> {
        let plain = escapes.read(bytes)?;
        let Some(matches) = self.matches(&plain.bytes) else {
            return Some(self.marking.whole().into_bytes());
        };
        let stand_in = |(at, hiding): Match<'_>| {
            let place = plain.place(&at);
            (bytes[place.clone()] != plain.bytes[at.clone()])
                .then(|| (place, self.spelt(hiding, escapes, bytes, &plain, &at)))
        };
        spliced(bytes, matches.into_iter().filter_map(stand_in))
    }

    /// What stands for a value, spelt as it is here. Format 1.0 encodes all of it.
    fn spelt(
        &self,
        hiding: &Hiding,
        escapes: Escapes,
        text: &[u8],
        plain: &Plain,
        at: &Range<usize>,
    ) -> String {
        match self.marking {
            Marking::First if escapes == Escapes::Json => hiding.stand_in.to_string(),
            Marking::First => percent(&hiding.stand_in),
            Marking::Tagged(_) => spelt(&hiding.stand_in, text, plain, at),
        }
    }

    /// Where values stand, none inside another; none where looking costs too much.
    fn matches(&self, bytes: &[u8]) -> Option<Vec<Match<'_>>> {
        // Nothing in a stand-in is looked at, and no value takes a part of one away.
        let stand_ins = self.marking.all(bytes);
        let (mut found, mut at, mut budget) = (Vec::new(), 0, budget(bytes));
        let mut ahead = stand_ins.iter().peekable();
        while at < bytes.len() {
            while ahead.next_if(|it| it.end <= at).is_some() {}
            let inside = ahead.peek().filter(|it| it.start < at);
            if let Some(stand_in) = inside {
                at = stand_in.end;
                continue;
            }
            let fits = |length: usize, hiding: &Hiding| {
                let whole = !hiding.word || is_word(bytes, at, at + length);
                whole && !cuts(ahead.clone(), &(at..at + length))
            };
            let value = match self.firsts[usize::from(bytes[at])] {
                true => self.longest(bytes, at, &mut budget, fits)?,
                false => None,
            };
            let length = value.map_or(1, |(length, _)| length);
            found.extend(value.map(|(_, hiding)| (at..at + length, hiding)));
            at += length;
        }
        Some(found)
    }

    /// The longest value that begins here, and its length; none where the budget is used up.
    fn longest(
        &self,
        bytes: &[u8],
        at: usize,
        budget: &mut usize,
        fits: impl Fn(usize, &Hiding) -> bool,
    ) -> Option<Option<(usize, &Hiding)>> {
        let rest = &bytes[at..];
        let lengths = rest.first_chunk::<SHORTEST>().and_then(|head| self.lengths.get(head));
        for length in lengths.into_iter().flatten() {
            let Some(candidate) = rest.get(..*length) else { continue };
            // A hash has its price however short the value is.
            *budget = budget.checked_sub((*length).max(64))?;
            let value = self.by_hash.get(blake3::hash(candidate).as_bytes());
            if let Some(hiding) = value.filter(|hiding| fits(*length, hiding)) {
                return Some(Some((*length, hiding)));
            }
        }
        let short =
            self.short.iter().find(|(short, hiding)| rest.starts_with(short) && fits(short.len(), hiding));
        Some(short.map(|(short, hiding)| (short.len(), hiding)))
    }
}

fn is_of_every_stand_in(value: &[u8]) -> bool {
    let everywhere = ["redacted", "redacted.invalid", "secret"];
    everywhere.iter().any(|it| memchr::memmem::find(it.as_bytes(), value).is_some())
}

/// Whether a part begins or ends inside a stand-in, or is one.
fn cuts<'a>(stand_ins: impl Iterator<Item = &'a Range<usize>>, part: &Range<usize>) -> bool {
    let mut touched = stand_ins.take_while(|it| it.start < part.end);
    touched.any(|it| it.end > part.end || *it == *part)
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

/// How many bytes may be compared: for texts that are made of the beginnings of values.
fn budget(bytes: &[u8]) -> usize {
    (bytes.len() * 128).max(1 << 20)
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

#[cfg(test)]
mod tests {
    use super::*;

    const MARKING: Marking = Marking::First;

    #[track_caller]
    fn check(all: &[&str], text: &str, expect: &str) {
        let mut values = Occurrences::new(MARKING);
        for (index, value) in all.iter().enumerate() {
            values.add(value.as_bytes(), &format!("<{index}>"));
        }
        let hidden = values.hidden(text.as_bytes()).unwrap_or_else(|| text.as_bytes().to_vec());
        assert_eq!(String::from_utf8_lossy(&hidden), expect);
        assert!(text == expect || values.may_occur(text.as_bytes()));
    }

    #[test]
    fn every_copy_is_found_in_one_pass() {
        check(&["ann@example.org", "bob@example.org"], "ann@example.org, bob@example.org!", "<0>, <1>!");
        check(&["secrets"], "mysecretssecretsx", "my<0><0>x");
        check(&["secrets"], "secret", "secret");
    }

    #[test]
    fn what_becomes_a_copy_when_others_are_hidden_is_one() {
        let mut values = Occurrences::new(MARKING);
        let token = format!("redacted:{}", "ab12".repeat(8));
        values.add(b"secrets", &token);
        values.add(format!("all {token} here").as_bytes(), "<whole>");
        assert_eq!(values.hidden(b"-all secrets here-"), Some(b"-<whole>-".to_vec()));
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
    fn a_value_is_hidden_as_it_is_spelt() {
        let marking = Marking::of([1; 32]);
        let (value, token) = ("a/b \"\u{fc}\"", [7; 16]);
        let stand_in = marking.stand_in(value.as_bytes(), &token);
        let mut values = Occurrences::new(marking);
        values.add(value.as_bytes(), &stand_in);
        let (head, tag) = ("redacted-07070707070707070707070707070707", &stand_in[stand_in.len() - 16..]);
        for (text, specials) in [
            ("a/b \"\u{fc}\"", " \"/\u{e9}"),
            (r#"a/b \"\u00fc\""#, r#" \"/\u00e9"#),
            (r#"a\/b \u0022\u00FC\u0022"#, r#" \u0022\/\u00E9"#),
            ("a%2Fb%20%22%C3%BC%22", "%20%22%2F%C3%A9"),
            ("a%2fb%20%22%c3%bc%22", "%20%22%2f%c3%a9"),
            ("a/b%20%22%C3%BC%22", "%20%22/%C3%A9"),
            ("a%2Fb+%22%C3%BC%22", "+%22%2F%C3%A9"),
            ("%61%2Fb%20%22%C3%BC%22", "%20%22%2F%C3%A9%2D"),
        ] {
            let hidden = values.hidden(format!("x={text}&y").as_bytes()).expect("it is found");
            assert_eq!(String::from_utf8_lossy(&hidden), format!("x={head}{specials}-{tag}&y"), "{text}");
            assert!(values.may_occur(text.as_bytes()));
            // What is hidden stays as it is.
            assert_eq!(values.hidden(&hidden), None);
            let found = marking.at(&hidden[2..]).expect("a stand-in");
            assert_eq!((found.token, found.length), (token, hidden.len() - 4));
        }
    }

    #[test]
    fn no_value_takes_a_part_of_a_stand_in_away() {
        let marking = Marking::of([1; 32]);
        let stand_in = marking.stand_in(b"premium", &[7; 16]);
        let mut values = Occurrences::new(marking);
        let short = values.add_secret(b"e", &marking.reference("short", b"e", &[8; 16]));
        values.add(b"to redacted", "<cut>");
        values.add(b"0707-", "<cut>");
        let text = format!("to {stand_in} we");
        assert_eq!(values.hidden(text.as_bytes()), Some(format!("to {stand_in} w{short}").into_bytes()));
    }

    #[test]
    fn many_values_that_begin_alike_are_kept_and_found_in_no_time() {
        // Sorted insertion compared each with all before it: 10^5 of them were 5·10^9 steps.
        let mut values = Occurrences::new(Marking::of([1; 32]));
        let mut body = Vec::new();
        for number in 0..100_000 {
            let value = format!("customer-{number:06}@example.org");
            values.add(value.as_bytes(), "<>");
            body.extend_from_slice(format!("\"{value}\",").as_bytes());
        }
        assert_eq!(values.lengths.values().map(Vec::len).sum::<usize>(), 1);
        assert_eq!(values.hidden(&body), Some("\"<>\",".repeat(100_000).into_bytes()));
    }

    #[test]
    fn stand_ins_are_passed_over() {
        let token = format!("redacted:{}", "ab12".repeat(8));
        check(&["ab12ab12", "redacted"], &token, &token);
    }

    #[test]
    fn a_text_that_costs_too_much_is_hidden_whole() {
        let mut values = Occurrences::new(MARKING);
        for length in 1000..1200 {
            values.add(format!("{}b", "a".repeat(length)).as_bytes(), "<>");
        }
        assert_eq!(values.hidden("a".repeat(100_000).as_bytes()), Some(MARKING.whole().into_bytes()));
    }
}
