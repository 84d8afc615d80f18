//! What holds for any bytes. The fuzz target `compare` runs this too.

use flux_recorder::{Encode, Value};
use flux_replay::{Path, Tolerances, compare, mask};

const ENTRIES: [&str; 8] =
    ["x.a", "x.*", "x[0]", "x.*.a#2", "x[order]", "x[layout]", "x.a[layout]", "x[1][order]"];

/// The first byte chooses tolerances, the second where the rest is cut into two values.
pub fn check(bytes: &[u8]) {
    let [entries, cut, rest @ ..] = bytes else { return };
    let chosen = ENTRIES.iter().enumerate().filter(|(bit, _)| entries >> bit & 1 == 1);
    let tolerances = Tolerances::parse(chosen.map(|(_, entry)| entry), [""; 0]).unwrap_or_default();
    let (a, b) = rest.split_at(rest.len() * usize::from(*cut) / 256);
    let body = |bytes: &[u8]| Value::Bytes(bytes.to_vec()).to_canonical();
    check_values(a, b, &tolerances);
    check_values(&body(a), &body(b), &tolerances);
    // An edit of one byte is what a comparison must never overlook.
    let mut edited = rest.to_vec();
    if let Some(byte) = edited.get_mut(usize::from(*cut)) {
        *byte = byte.wrapping_add(1);
        check_values(&body(rest), &body(&edited), &tolerances);
    }
    if let Ok(path) = std::str::from_utf8(rest).unwrap_or_default().parse::<Path>() {
        assert_eq!(path.to_string().parse::<Path>(), Ok(path));
    }
}

fn check_values(a: &[u8], b: &[u8], tolerances: &Tolerances) {
    let found = compare("x", a, b, tolerances);
    let masks = mask("x", a, tolerances) == mask("x", b, tolerances);
    assert_eq!(found.differences.is_empty(), masks, "{found:?}");
    let none = Tolerances::default();
    let same = mask("x", a, &none) == mask("x", b, &none);
    assert_eq!(found.differences.is_empty() && found.tolerated.is_empty(), same, "{found:?}");
    let none = compare("x", a, b, &none);
    assert_eq!(none.differences.is_empty(), same);
    assert!(a != b || same);
    for difference in &none.differences {
        assert_eq!(difference.path.to_string().parse().as_ref(), Ok(&difference.path));
    }
}
