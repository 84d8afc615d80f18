//! Redaction of what nobody thought of, for a moment: `fuzz/` does it for hours.

use proptest::prelude::*;

use crate::fuzz::redaction;
use crate::tests::descriptions;

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_is_hidden_stays(input in prop::collection::vec(any::<u8>(), 0..200)) {
        redaction(&input, &descriptions());
    }

    #[test]
    fn nothing_that_is_hidden_stays_in_its_spellings(
        secret in "[a-c\"'\\\\/%+ü$` -]{1,6}",
        pieces in prop::collection::vec((0..8_usize, "[a-c\"'\\\\/%+{}:,$; ]{0,6}"), 0..12)
    ) {
        let quoted = serde_json::Value::from(secret.as_str()).to_string();
        let percent: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let forms = [
            secret.clone(), quoted[1..quoted.len() - 1].to_owned(), percent.replace('+', "%20"), percent,
            "{\"email\": \"".to_owned(), "\"}".to_owned(), "INSERT INTO c (id, email) VALUES ('".to_owned(), "')".to_owned(),
        ];
        let mut input = format!("{secret}\0");
        for (form, more) in pieces {
            input += &forms[form];
            input += &more;
        }
        redaction(input.as_bytes(), &descriptions());
    }
}

#[test]
fn what_once_was_wrong_stays_right() {
    // A cookie without a name, and a secret that is a part of a keyword before literals.
    for input in ["\0==", "==", "c\0cc{\"email\": \"", "c\0INSERT INTO c (id, email) VALUES ('"] {
        redaction(input.as_bytes(), &descriptions());
    }
}
