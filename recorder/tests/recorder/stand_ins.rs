//! What stands for a hidden value: its shape, who can read it, and what a replay makes of it.

use flux_recorder::{KeepAll, Marking, Redact, Tags};

const SEED: [u8; 32] = [7; 32];

fn of(value: &str) -> String {
    Marking::of(SEED).stand_in(value.as_bytes(), &KeepAll.token(value.as_bytes()))
}

#[test]
fn an_address_has_one_and_all_are_known_again() {
    for (value, specials, address) in [
        ("ann@example.org", "", true),
        ("ann+o'neil@example.org", "'+", true),
        ("a@b@c", "@", false),
        ("Ann <a@b.c>", " <>@", false),
        ("x", "", false),
        ("4111 1111/1111", " /", false),
        ("m\u{fc}ller \u{1f980}", " \u{e9}", false),
        ("line\nof {\"json\"}", "\n \"{}", false),
        ("a_b-c.d", "", false),
    ] {
        let text = of(value);
        assert_eq!(text.ends_with("@redacted.invalid"), address, "{value}");
        let found = Marking::of(SEED).whole_of(text.as_bytes()).expect("a stand-in");
        assert_eq!((found.token, found.secret), (KeepAll.token(value.as_bytes()), false));
        assert_eq!(text.get(41..41 + specials.len()), Some(specials), "{text}");
    }
}

#[test]
fn what_merely_looks_alike_is_text() {
    let marking = Marking::of(SEED);
    let token = "a0".repeat(16);
    let tag = of("x")[42..].to_owned();
    for text in [
        format!("redacted:{token}"),
        format!("redacted-{token}"),
        format!("redacted-{token}-{}", "a0".repeat(8)),
        format!("redacted-{token}-{}", tag.to_uppercase()),
        format!("redacted-{token}x-{tag}"),
        format!("redacted-{}-{tag}", "A0".repeat(16)),
        format!("secret-{token}"),
        format!("redacted-{token}@redacted.invalid"),
        "{{secret x}}".to_owned(),
        Marking::of([8; 32]).stand_in(b"x", &[0xa0; 16]),
    ] {
        assert_eq!(marking.at(text.as_bytes()), None, "{text}");
    }
    assert!(marking.at(format!("redacted-{token}-{tag}").as_bytes()).is_some());
}

#[test]
fn a_secret_has_its_name_whatever_the_name_is() {
    let marking = Marking::of(SEED);
    let hex = "0123456789abcdef0123456789abcdef";
    for (name, expect) in
        [("key", "key"), ("a-b_c-", "a-b_c-"), ("a b/\u{fc}", "a_b__"), (hex, hex), ("", "")]
    {
        let text = marking.reference(name, b"v/v", &[0xa0; 16]);
        assert!(text.starts_with(&format!("secret-{expect}-a0a0")), "{text}");
        for more in ["", "0123456789abcdef", "-secret-", "@redacted.invalid"] {
            let found = marking.at(format!("{text}{more}").as_bytes()).expect("a stand-in");
            assert_eq!(
                (found.token, found.length, found.secret),
                ([0xa0; 16], text.len(), true),
                "{text}{more}"
            );
        }
    }
}

#[test]
fn a_guest_is_handed_another_tag_and_cannot_write_the_recorded_one() {
    let (tags, recorded) = (Tags::of(SEED), of("a/b"));
    let handed = tags.hand(recorded.as_bytes()).into_owned();
    assert_ne!(handed, recorded.as_bytes());
    assert_eq!(Marking::of(SEED).at(&handed), None);
    assert_eq!(&*tags.take(&handed), recorded.as_bytes());
    let forged = tags.take(recorded.as_bytes()).into_owned();
    assert!(forged != recorded.as_bytes() && forged != handed);
    assert_eq!(Marking::of(SEED).at(&forged), None);
    let both = [&handed[..], b" ", recorded.as_bytes()].concat();
    assert_eq!(&*tags.take(&both), [recorded.as_bytes(), b" ", &forged[..]].concat());
}

#[test]
fn no_text_panics() {
    let marking = Marking::of(SEED);
    let tag = of("x")[42..].to_owned();
    for piece in ["redacted-", "secret-a0-", "secret-", "%", "\\u00", "%2F\\/", &of("a/b"), &tag] {
        let text = piece.repeat(100_000 / piece.len());
        for at in 0..text.len().min(2_000) {
            let found = marking.at(&text.as_bytes()[at..]);
            assert!(found.is_none_or(|found| at + found.length <= text.len()));
        }
    }
}
