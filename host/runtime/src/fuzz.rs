//! What no input may break: run by `host/runtime/fuzz` for hours, and by the tests for a moment.

use std::path::Path;

use flux_host::Hint;

pub use crate::redaction::fuzz::redaction;

/// No text is a flux.toml that panics, and each that is wrong is told where, and what to do.
pub fn config(text: &str) {
    let Err(error) = crate::config::parse(Path::new("flux.toml"), text) else { return };
    let said = error.to_string();
    let mut place = said.strip_prefix("flux.toml:").expect("the file's name").splitn(3, ':');
    let mut number = |most: usize| {
        let number: usize = place.next().and_then(|it| it.parse().ok()).expect("a place");
        assert!((1..=most).contains(&number), "{said}");
        number
    };
    let line = number(text.matches('\n').count() + 1);
    number(text.split('\n').nth(line - 1).unwrap_or_default().chars().count() + 1);
    assert!(place.next().is_some_and(|message| !message.trim().is_empty()), "{said}");
    assert!(error.hint().is_some_and(|hint| !hint.is_empty()), "{said}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    /// Lines of a real flux.toml, so that some of them fit.
    fn line() -> impl Strategy<Value = String> {
        let known = prop::sample::select(vec![
            "[app]",
            "name = \"x\"",
            "data = 1",
            "[http]",
            "[[http.routes]]",
            "path = \"/{*r\"",
            "guest = \"a\"",
            "[guests.a]",
            "source = \"ü\"",
            "[record.redact]",
            "json = [\"a..b\"]",
            "[secrets.\u{e9}]",
            "env = \"\"",
            "[fetch]",
            "allow = [\"*\", \"http://[\"]",
            "[limits]",
            "memory = \"1 GB\"",
            "[kv.\"\"]",
            "[[cron]]",
            "schedule = \"* * 99 * *\"",
        ]);
        prop_oneof![3 => known.prop_map(str::to_owned), 1 => ".{0,40}", 1 => "[a-z]{1,8} = [0-9\\[\\]{}\",.ü-]{0,20}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_flux_toml_panics_and_each_error_has_a_place_and_a_hint(
            lines in prop::collection::vec(line(), 0..12)
        ) {
            super::config(&lines.join("\n"));
        }

        #[test]
        fn nothing_that_is_hidden_stays(input in prop::collection::vec(any::<u8>(), 0..200)) {
            super::redaction(&input);
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
            super::redaction(input.as_bytes());
        }
    }

    #[test]
    fn what_once_was_wrong_stays_right() {
        super::config("ü");
        super::config("[app]\nname = \"ü\"\nwhat = \"ü");
        // A cookie without a name, and a secret that is a part of a keyword before literals.
        super::redaction(b"\0==");
        super::redaction(b"==");
        super::redaction(b"c\0cc{\"email\": \"");
        super::redaction(b"c\0INSERT INTO c (id, email) VALUES ('");
    }
}
