//! What looks like a credential or like personal data, whatever flux.toml says: hints, not proof.

use std::ops::Range;

use flux_recorder::Marking;

/// All that is found, in order. Stand-ins are passed over.
pub(crate) fn find(text: &[u8], marking: Marking) -> Vec<(&'static str, Range<usize>)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < text.len() {
        if let Some(stand_in) = marking.at(&text[at..]) {
            at += stand_in.length;
            continue;
        }
        match at_word(text, at).or_else(|| address(text, at)) {
            Some((kind, length)) => {
                found.push((kind, at..at + length));
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

/// What begins here, where no word goes on.
fn at_word(text: &[u8], at: usize) -> Option<(&'static str, usize)> {
    let goes_on = at.checked_sub(1).is_some_and(|before| text[before].is_ascii_alphanumeric());
    let rest = &text[at..];
    match rest.first()? {
        b'-' => private_key(rest).map(|length| ("private key", length)),
        _ if goes_on => None,
        b'e' => jwt(rest).map(|length| ("JWT", length)),
        b'A' => access_key(rest).map(|length| ("AWS access key", length)),
        b'3'..=b'6' => card(rest).map(|length| ("card number", length)),
        _ => None,
    }
}

fn run(text: &[u8], part: impl Fn(&u8) -> bool) -> usize {
    text.iter().position(|byte| !part(byte)).unwrap_or(text.len())
}

fn private_key(text: &[u8]) -> Option<usize> {
    let label = text.strip_prefix(b"-----BEGIN ")?;
    let label = &label[..run(label, |it| it.is_ascii_uppercase() || *it == b' ')];
    label.ends_with(b"PRIVATE KEY").then_some(16 + label.len())
}

/// Three parts of base64url, the first of which begins with `{"`.
fn jwt(text: &[u8]) -> Option<usize> {
    text.starts_with(b"eyJ").then_some(())?;
    let mut length = 0;
    for part in 0..3 {
        let part_length = run(&text[length..], |it| it.is_ascii_alphanumeric() || b"-_".contains(it));
        length += part_length;
        (part_length >= 8).then_some(())?;
        if part < 2 {
            (text.get(length) == Some(&b'.')).then_some(())?;
            length += 1;
        }
    }
    Some(length)
}

fn access_key(text: &[u8]) -> Option<usize> {
    let prefixed = text.starts_with(b"AKIA") || text.starts_with(b"ASIA");
    let length = run(text, |it| it.is_ascii_uppercase() || it.is_ascii_digit());
    (prefixed && length == 20 && !text.get(20).is_some_and(u8::is_ascii_alphanumeric)).then_some(20)
}

/// 13 to 19 digits whose checksum is right, one space or hyphen between some of them.
fn card(text: &[u8]) -> Option<usize> {
    let (mut digits, mut length) = (Vec::new(), 0);
    while let Some(byte) = text.get(length) {
        let next_is_digit = text.get(length + 1).is_some_and(u8::is_ascii_digit);
        match byte {
            b'0'..=b'9' => digits.push(u32::from(byte - b'0')),
            b' ' | b'-' if next_is_digit => {}
            _ => break,
        }
        length += 1;
    }
    let goes_on = text.get(length).is_some_and(|it| it.is_ascii_alphabetic() || *it == b'.');
    let doubled = |(place, digit): (usize, &u32)| match (place % 2, digit * 2) {
        (0, _) => *digit,
        (_, twice) => twice / 10 + twice % 10,
    };
    let sum: u32 = digits.iter().rev().enumerate().map(doubled).sum();
    ((13..=19).contains(&digits.len()) && !goes_on && sum.is_multiple_of(10)).then_some(length)
}

fn address(text: &[u8], at: usize) -> Option<(&'static str, usize)> {
    let name = |it: &u8| it.is_ascii_alphanumeric() || b"._%+-".contains(it);
    if at.checked_sub(1).is_some_and(|before| name(&text[before])) || !name(&text[at]) {
        return None;
    }
    let rest = &text[at..];
    let length = run(rest, name);
    let host = rest[length..].strip_prefix(b"@")?;
    let host = &host[..run(host, |it| it.is_ascii_alphanumeric() || b".-".contains(it))];
    let host = host.trim_ascii_end().strip_suffix(b".").unwrap_or(host);
    let top = host.rsplit(|byte| *byte == b'.').next()?;
    let valid = top.len() >= 2 && top.len() < host.len() && top.iter().all(u8::is_ascii_alphabetic);
    valid.then_some(("e-mail address", length + 1 + host.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[(&str, &str)]) {
        let found: Vec<_> =
            find(text.as_bytes(), Marking::First).into_iter().map(|(kind, at)| (kind, &text[at])).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn what_looks_like_something_is_found_where_it_stands() {
        check("to <ann@example.org>.", &[("e-mail address", "ann@example.org")]);
        check("a@b and a@b.c1 and x@y.zz.", &[("e-mail address", "x@y.zz")]);
        check("pay 4111 1111 1111 1111!", &[("card number", "4111 1111 1111 1111")]);
        check("5500-0000-0000-0004", &[("card number", "5500-0000-0000-0004")]);
        check("4111111111111112 1763715286000000000 x4111111111111111", &[]);
        check("AKIAIOSFODNN7EXAMPLE AKIAIOSFODNN7EXAMPLES", &[("AWS access key", "AKIAIOSFODNN7EXAMPLE")]);
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0x.c2lnbmF0dXJl";
        check(&format!("Bearer {jwt}"), &[("JWT", jwt)]);
        check("eyJ.a.b", &[]);
        check("-----BEGIN RSA PRIVATE KEY-----", &[("private key", "-----BEGIN RSA PRIVATE KEY-----")]);
        check("-----BEGIN PUBLIC KEY-----", &[]);
    }

    #[test]
    fn what_is_redacted_already_is_no_find() {
        check(&format!("redacted-{}@redacted.invalid", "a0".repeat(16)), &[]);
        let marking = Marking::of([1; 32]);
        let stand_in = marking.stand_in(b"ann@example.org", &[7; 16]);
        assert_eq!(find(stand_in.as_bytes(), marking), []);
        assert_eq!(find(stand_in.as_bytes(), Marking::of([2; 32])).len(), 1, "another execution's is text");
    }
}
