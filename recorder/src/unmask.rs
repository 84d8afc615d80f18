//! Values in the clear that a recording has hidden.
//!
//! A guest has some values from nowhere: its constants, what it counts. Where such a value also came from
//! elsewhere and was redacted there, the recording has its stand-in everywhere, and a replay, which never
//! sees the other, meets it in the clear. Its token says that it is the same.

use crate::canon::Encode;
use crate::event::Output;
use crate::redact::Redact;
use crate::stand_in::at;
use crate::value::{Token, Value};

/// The most ends that are tried for a value whose length is unknown.
const TRIES: usize = 64;

/// Canonical bytes with the recorded stand-ins in the places of the values they stand for.
pub fn unmasked(recorded: &[u8], replayed: &[u8], redact: &dyn Redact) -> Option<Vec<u8>> {
    let (recorded, mut replayed) = (Value::read(recorded).ok()?, Value::read(replayed).ok()?);
    unmask(&recorded, &mut replayed, redact);
    Some(replayed.to_canonical())
}

/// The same for a line of output.
pub fn unmask_output(recorded: &Output, replayed: &mut Output, redact: &dyn Redact) {
    unmask_text(&recorded.message, &mut replayed.message, redact);
    for ((_, recorded), (_, replayed)) in recorded.fields.iter().zip(&mut replayed.fields) {
        unmask_text(recorded, replayed, redact);
    }
}

/// The same for a text.
pub fn unmask_text(recorded: &str, replayed: &mut String, redact: &dyn Redact) {
    if is_same(recorded.as_bytes(), replayed.as_bytes(), redact) {
        recorded.clone_into(replayed);
    }
}

fn unmask(recorded: &Value, replayed: &mut Value, redact: &dyn Redact) {
    use Value::{Bytes, List, Option, Record, Redacted, Result, String, Tuple, Variant};
    match (recorded, &mut *replayed) {
        (String(recorded), String(replayed)) => unmask_text(recorded, replayed, redact),
        (Bytes(recorded), Bytes(replayed)) if is_same(recorded, replayed, redact) => {
            recorded.clone_into(replayed);
        }
        (Redacted(token), String(text)) if redact.token(text.as_bytes()) == *token => {
            *replayed = Redacted(*token);
        }
        (Redacted(token), Bytes(bytes)) if redact.token(bytes) == *token => *replayed = Redacted(*token),
        (Option(Some(recorded)), Option(Some(replayed)))
        | (Result(Ok(recorded)), Result(Ok(replayed)))
        | (Result(Err(recorded)), Result(Err(replayed)))
        | (Variant(_, recorded), Variant(_, replayed)) => unmask(recorded, replayed, redact),
        (List(recorded), List(replayed)) | (Tuple(recorded), Tuple(replayed)) => {
            recorded.iter().zip(replayed).for_each(|(recorded, replayed)| unmask(recorded, replayed, redact));
        }
        (Record(recorded), Record(replayed)) => {
            let pairs = recorded.iter().zip(replayed);
            pairs.for_each(|((_, recorded), (_, replayed))| unmask(recorded, replayed, redact));
        }
        _ => {}
    }
}

/// Whether one of two texts stands for the other. The recorded one may be in the clear too: what is too
/// short is not looked for, and the replayed guest was given its stand-in.
fn is_same(recorded: &[u8], replayed: &[u8], redact: &dyn Redact) -> bool {
    recorded == replayed || stands_for(recorded, replayed, redact) || stands_for(replayed, recorded, redact)
}

/// Whether a text is what was recorded, where each stand-in of the recorded one may be the very value
/// it stands for, or be spelt in another way.
fn stands_for(mut recorded: &[u8], mut replayed: &[u8], redact: &dyn Redact) -> bool {
    while let Some((start, token, length)) = next_stand_in(recorded) {
        let Some(value) = replayed.strip_prefix(&recorded[..start]) else {
            return false;
        };
        recorded = &recorded[start + length..];
        let same = at(value).filter(|(other, _)| *other == token).map(|(_, length)| length);
        let Some(end) = same.or_else(|| end_of_value(value, token, recorded, redact)) else {
            return false;
        };
        replayed = &value[end..];
    }
    recorded == replayed
}

fn next_stand_in(text: &[u8]) -> Option<(usize, Token, usize)> {
    (0..text.len()).find_map(|start| at(&text[start..]).map(|(token, length)| (start, token, length)))
}

/// Where the value of a token ends, by what follows it and by its hash.
fn end_of_value(value: &[u8], token: Token, rest: &[u8], redact: &dyn Redact) -> Option<usize> {
    let literal = &rest[..next_stand_in(rest).map_or(rest.len(), |(start, ..)| start)];
    let fits = |end: &usize| match rest.is_empty() {
        true => *end == value.len(),
        false => value[*end..].starts_with(literal),
    };
    let mut ends = (1..=value.len()).filter(fits).take(TRIES);
    ends.find(|end| redact.token(&value[..*end]) == token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::KeepAll;
    use crate::stand_in::stand_in;

    fn of(value: &str) -> String {
        stand_in(value, &KeepAll.token(value.as_bytes()))
    }

    #[test]
    fn a_value_in_the_clear_is_what_its_stand_in_stands_for() {
        let (ann, plan) = (of("ann@example.org"), of("premium"));
        let recorded = format!("{ann} has {plan}, {plan}");
        let check = |replayed: &str| stands_for(recorded.as_bytes(), replayed.as_bytes(), &KeepAll);
        assert!(check(&recorded));
        assert!(check("ann@example.org has premium, premium"));
        assert!(check(&format!("{ann} has premium, {plan}")));
        for other in ["bob@example.org has premium, premium", "ann@example.org has premium, premium!", ""] {
            assert!(!check(other), "{other}");
        }
    }
}
