//! Values in the clear that a recording has hidden.
//!
//! A guest has some values from nowhere: its constants, what it counts. Where such a value also came from
//! elsewhere and was hidden there, the recording has its stand-in everywhere, and a replay, which never
//! sees the other, meets it in the clear. Its token says that it is the same. The way in which it is spelt must be
//! the same, too: a value without the URL encoding that was recorded is another text.

use crate::canonical::Encode;
use crate::event::Output;
use crate::redact::Redact;
use crate::spelling::{Escapes, spelt};
use crate::stand_in::{Marking, StandIn};
use crate::token::RedactionToken;
use crate::value::Value;

/// The most ends that are tried for a value whose length is unknown.
const TRIES: usize = 64;

/// Puts recorded stand-ins in the places of the values they stand for.
#[derive(Clone, Copy)]
pub struct Unmask<'a> {
    redact: &'a dyn Redact,
    marking: Marking,
}

impl std::fmt::Debug for Unmask<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unmask").field("marking", &self.marking).finish_non_exhaustive()
    }
}

impl<'a> Unmask<'a> {
    /// For a recording whose stand-ins are marked in this way, under the policy and the key that it has.
    pub fn new(redact: &'a dyn Redact, marking: Marking) -> Self {
        Self { redact, marking }
    }

    /// Canonical bytes of a replay, with the recorded stand-ins; none: one of them is no value.
    pub fn unmasked(&self, recorded: &[u8], replayed: &[u8]) -> Option<Vec<u8>> {
        let (recorded, mut replayed) = (Value::read(recorded).ok()?, Value::read(replayed).ok()?);
        self.value(&recorded, &mut replayed);
        Some(replayed.to_canonical())
    }

    /// The same for a line of output.
    pub fn output(&self, recorded: &Output, replayed: &mut Output) {
        self.text(&recorded.message, &mut replayed.message);
        for ((_, recorded), (_, replayed)) in recorded.fields.iter().zip(&mut replayed.fields) {
            self.text(recorded, replayed);
        }
    }

    /// The same for a text.
    pub fn text(&self, recorded: &str, replayed: &mut String) {
        if self.is_same(recorded.as_bytes(), replayed.as_bytes()) {
            recorded.clone_into(replayed);
        }
    }

    /// The same for a value, as far as both have the same shape.
    pub fn value(&self, recorded: &Value, replayed: &mut Value) {
        use Value::{Bytes, List, Option, Record, Redacted, Result, String, Tuple, Variant};
        match (recorded, &mut *replayed) {
            (String(recorded), String(replayed)) => self.text(recorded, replayed),
            (Bytes(recorded), Bytes(replayed)) if self.is_same(recorded, replayed) => {
                recorded.clone_into(replayed);
            }
            (Redacted(token), String(text)) if self.is_value(token, text.as_bytes()) => {
                *replayed = Redacted(*token);
            }
            (Redacted(token), Bytes(bytes)) if self.is_value(token, bytes) => *replayed = Redacted(*token),
            (Option(Some(recorded)), Option(Some(replayed)))
            | (Result(Ok(recorded)), Result(Ok(replayed)))
            | (Result(Err(recorded)), Result(Err(replayed)))
            | (Variant(_, recorded), Variant(_, replayed)) => self.value(recorded, replayed),
            (List(recorded), List(replayed)) | (Tuple(recorded), Tuple(replayed)) => {
                let pairs = recorded.iter().zip(replayed);
                pairs.for_each(|(recorded, replayed)| self.value(recorded, replayed));
            }
            (Record(recorded), Record(replayed)) => {
                let pairs = recorded.iter().zip(replayed);
                pairs.for_each(|((_, recorded), (_, replayed))| self.value(recorded, replayed));
            }
            _ => {}
        }
    }

    /// Whether a whole text is the value of a token, or its stand-in.
    fn is_value(&self, token: &RedactionToken, text: &[u8]) -> bool {
        let stand_in = self.marking.whole_of(text).is_some_and(|it| it.plain && it.token == *token);
        stand_in || self.redact.token(text) == *token
    }

    /// Whether one of two texts stands for the other. The recorded one may be in the clear too: what is too
    /// short is not looked for, and the replayed guest was given its stand-in.
    fn is_same(&self, recorded: &[u8], replayed: &[u8]) -> bool {
        recorded == replayed || self.stands_for(recorded, replayed) || self.stands_for(replayed, recorded)
    }

    /// Whether a text is another one, in which each stand-in may be the very value that it stands for.
    fn stands_for(&self, mut hidden: &[u8], mut clear: &[u8]) -> bool {
        while let Some((start, stand_in)) = self.next(hidden) {
            let Some(value) = clear.strip_prefix(&hidden[..start]) else {
                return false;
            };
            let (text, rest) = hidden[start..].split_at(stand_in.length);
            let end = self.same_stand_in(text, &stand_in, value);
            let Some(end) = end.or_else(|| self.end_of_value(value, text, &stand_in, rest)) else {
                return false;
            };
            (hidden, clear) = (rest, &value[end..]);
        }
        hidden == clear
    }

    fn next(&self, text: &[u8]) -> Option<(usize, StandIn)> {
        if self.marking.may_be_in(text) { self.marking.next(text) } else { None }
    }

    /// The length of the same stand-in. A value that was redacted may be a secret too, which has another name.
    fn same_stand_in(&self, text: &[u8], stand_in: &StandIn, other: &[u8]) -> Option<usize> {
        let found = self.marking.at(other).filter(|found| found.token == stand_in.token)?;
        let same = match self.marking {
            // Format 1.0 has a value without its encoding also where none changes it.
            Marking::First => !is_encoded(text) || is_encoded(&other[..found.length]),
            Marking::Tagged(_) => {
                self.marking.spelling(text) == self.marking.spelling(&other[..found.length])
            }
        };
        same.then_some(found.length)
    }

    /// Where a value in the clear ends, by what follows it, by its hash and by its spelling.
    fn end_of_value(&self, value: &[u8], text: &[u8], stand_in: &StandIn, rest: &[u8]) -> Option<usize> {
        let literal = &rest[..self.next(rest).map_or(rest.len(), |(start, _)| start)];
        let fits = |end: &usize| match rest.is_empty() {
            true => *end == value.len(),
            false => value[*end..].starts_with(literal),
        };
        let mut ends = (1..=value.len()).filter(fits).take(TRIES);
        ends.find(|end| self.is_written(&value[..*end], text, stand_in))
    }

    /// Whether a value in the clear is spelt as its stand-in is.
    fn is_written(&self, value: &[u8], text: &[u8], stand_in: &StandIn) -> bool {
        let is = |plain: &[u8]| self.redact.token(plain) == stand_in.token;
        let raw = |value: &[u8]| self.marking.stand_in(value, &stand_in.token);
        if is(value) {
            // A number or an object of JSON has no spelling: its stand-in is plain.
            return match self.marking {
                Marking::First => !is_encoded(text),
                Marking::Tagged(_) => stand_in.plain || self.has_spelling(text, &raw(value)),
            };
        }
        let mut escaped = Escapes::ALL.into_iter().filter_map(|escapes| escapes.read(value));
        escaped.any(|plain| {
            let all = 0..plain.bytes.len();
            is(&plain.bytes) && self.has_spelling(text, &spelt(&raw(&plain.bytes), value, &plain, &all))
        })
    }

    fn has_spelling(&self, text: &[u8], other: &str) -> bool {
        self.marking.spelling(text) == self.marking.spelling(other.as_bytes())
    }
}

/// Whether a stand-in of format 1.0 is percent-encoded.
fn is_encoded(text: &[u8]) -> bool {
    text.contains(&b'%')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::KeepAll;

    const MARKING: Marking = Marking::First;

    fn tagged() -> Marking {
        Marking::of([4; 32])
    }

    fn of(marking: Marking, value: &str) -> String {
        marking.stand_in(value.as_bytes(), &KeepAll.token(value.as_bytes()))
    }

    #[test]
    fn a_value_in_the_clear_is_what_its_stand_in_stands_for() {
        for marking in [MARKING, tagged()] {
            let (ann, plan) = (of(marking, "ann@example.org"), of(marking, "premium"));
            let recorded = format!("{ann} has {plan}, {plan}");
            let unmask = Unmask::new(&KeepAll, marking);
            let check = |replayed: &str| unmask.stands_for(recorded.as_bytes(), replayed.as_bytes());
            assert!(check(&recorded));
            assert!(check("ann@example.org has premium, premium"));
            assert!(check(&format!("{ann} has premium, {plan}")));
            for other in ["bob@example.org has premium, premium", "ann@example.org has premium, premium!", ""]
            {
                assert!(!check(other), "{other}");
            }
        }
    }

    /// What was recorded of a value, and the ways to write the value that are not that.
    #[test]
    fn a_value_in_another_spelling_is_another_text() {
        let forms = [
            "a/b c\u{fc}",
            "a%2Fb%20c%C3%BC",
            "a%2fb%20c%c3%bc",
            "a/b%20c%C3%BC",
            "a%2Fb+c%C3%BC",
            "a\\/b c\u{fc}",
            "a/b c\\u00fc",
        ];
        let raw = of(tagged(), forms[0]);
        let written = |form: &str| {
            let read = Escapes::ALL.into_iter().filter_map(|it| it.read(form.as_bytes()));
            let plain = read.into_iter().find(|it| it.bytes == forms[0].as_bytes());
            plain.map_or(raw.clone(), |plain| spelt(&raw, form.as_bytes(), &plain, &(0..plain.bytes.len())))
        };
        let unmask = Unmask::new(&KeepAll, tagged());
        for recorded in forms {
            for replayed in forms {
                let same = unmask.is_same(written(recorded).as_bytes(), replayed.as_bytes());
                assert_eq!(same, recorded == replayed, "{recorded} {replayed}");
                let same = unmask.is_same(written(recorded).as_bytes(), written(replayed).as_bytes());
                assert_eq!(same, recorded == replayed, "{recorded} {replayed}");
            }
        }
    }

    #[test]
    fn in_format_1_0_a_dropped_encoding_is_seen_and_one_that_changed_nothing_is_not() {
        let raw = of(MARKING, "premium");
        let encoded = raw.replace(':', "%3A");
        let unmask = Unmask::new(&KeepAll, MARKING);
        assert!(unmask.stands_for(raw.as_bytes(), encoded.as_bytes()));
        assert!(!unmask.stands_for(encoded.as_bytes(), raw.as_bytes()));
    }
}
