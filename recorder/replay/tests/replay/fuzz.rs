//! The short form of the fuzz target, and the reader of JSON against another one.

use flux_recorder::{Encode, Value};
use flux_replay::{DifferenceKind, Tolerances, compare};
use proptest::prelude::*;

use crate::any_bytes::check;
use crate::model::{Dice, tree};

/// Whether the comparison takes a text for JSON: then a space before it is but layout.
fn is_json(text: &str) -> bool {
    let body = |text: &str| Value::Bytes(text.into()).to_canonical();
    let found = compare("x", &body(text), &body(&format!(" {text}")), &Tolerances::default());
    found.differences[0].kind == DifferenceKind::Layout
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_compared(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        check(&bytes);
    }

    #[test]
    fn near_json_is_compared(head: [u8; 2], text in r#"[\[\]{},:"ab01 \\u.e-]{0,24}"#) {
        check(&[&head[..], text.as_bytes()].concat());
    }

    #[test]
    fn values_and_bytes_near_them_are_compared(seed: u64, head: [u8; 2], edits: [u16; 2]) {
        let mut dice = Dice(seed);
        let mut bytes = head.to_vec();
        let model = crate::model::model(&mut dice, 1);
        bytes.extend(model.canonical());
        bytes.extend(model.canonical());
        for edit in edits {
            let place = 2 + usize::from(edit >> 3) % (bytes.len() - 2);
            bytes[place] ^= 1 << (edit & 7);
        }
        check(&bytes);
    }

    #[test]
    fn json_is_what_another_reader_takes_for_json(seed: u64, edits: [u16; 2]) {
        let mut dice = Dice(seed);
        let mut text = tree(&mut dice, 0).raw().into_bytes();
        for edit in edits {
            let letters = br#"{}[],:"\u0dD8c.eE+-1 tfn"#;
            let place = usize::from(edit) % (text.len() + 1);
            text.splice(place..place.min(text.len()), [letters[dice.roll(letters.len())]]);
        }
        if let Ok(text) = String::from_utf8(text) {
            let read = serde_json::from_str::<serde_json::Value>(&text);
            // The other reader stops at a number that no f64 holds, which is JSON all the same.
            let stopped = read.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
            prop_assert!(stopped || is_json(&text) == read.is_ok(), "{} {:?}", text, read);
        }
    }
}

#[test]
fn half_a_surrogate_pair_is_no_json() {
    assert!(is_json(r#""\ud83d\ude00""#));
    for text in [r#""\ud83d""#, r#""\ude00""#, r#""\ud83d\ud83d""#, r#""\ud83dx""#] {
        assert!(!is_json(text), "{text}");
    }
}
