//! Large bodies: a step that looks at all members for each of them would not end here.

use std::fmt::Write;

use flux_recorder::{Encode, Value};
use flux_replay::{Comparison, MOST_DIFFERENCES, Tolerances, compare, mask};

const MEMBERS: usize = 200_000;

fn object(members: impl Iterator<Item = usize>, value: &str) -> String {
    let mut text = String::from("{");
    for member in members {
        let comma = if text.len() > 1 { "," } else { "" };
        write!(text, "{comma}\"member {member}\":{value}").expect("text");
    }
    text + "}"
}

fn both(recorded: &str, now: &str, ignore: &[&str]) -> Comparison {
    let body = |text: &str| Value::Bytes(text.into()).to_canonical();
    let tolerances = Tolerances::parse(ignore, [""; 0]).expect("paths");
    let (a, b) = (body(recorded), body(now));
    let found = compare("response", &a, &b, &tolerances);
    let masks = mask("response", &a, &tolerances) == mask("response", &b, &tolerances);
    assert_eq!(found.differences.is_empty(), masks);
    found
}

#[test]
fn members_in_another_order_are_found_by_name() {
    let (one, two) = (object(0..MEMBERS, "1"), object((0..MEMBERS).rev(), "1"));
    assert!(one.len() > 3_000_000);
    assert_eq!(both(&one, &two, &["response.other"]).differences.len(), 1);
    let covered = both(&one, &two, &["response[order]"]);
    assert_eq!((covered.differences.len(), covered.compared), (0, MEMBERS as u64));
}

#[test]
fn no_more_differences_are_kept_than_anybody_reads() {
    let found = both(&object(0..MEMBERS, "1"), &object(0..MEMBERS, "2"), &["response.\"member 1\""]);
    assert_eq!(found.differences.len(), MOST_DIFFERENCES);
    assert_eq!(found.omitted as usize, MEMBERS - MOST_DIFFERENCES - 1);
    assert_eq!((found.compared as usize, found.ignored), (MEMBERS - 1, 1));
}

#[test]
fn a_name_that_stands_often_is_counted_once() {
    let same = |count: usize| object(std::iter::repeat_n(0, count), "1");
    let found = both(&same(MEMBERS), &same(MEMBERS - 1), &["response.other"]);
    assert_eq!(found.differences[0].path.to_string(), format!("response.\"member 0\"#{MEMBERS}"));
}

#[test]
fn a_long_name_is_not_copied_for_each_value_below_it() {
    let of = |item: &str| format!("{{\"{}\":[{}]}}", "n".repeat(1_000_000), vec![item; MEMBERS].join(","));
    assert_eq!(both(&of("1"), &of("2"), &[]).differences.len(), MOST_DIFFERENCES);
    assert_eq!(both(&of("[]"), &of("[ ]"), &[]).differences.len(), 1);
}
