//! What no input may break: run by `host/runtime/fuzz` for hours, and by the tests for a moment.

use std::path::Path;

use flux_host::section::Purpose;

use crate::catalog::Catalog;
pub use crate::redaction::fuzz::redaction;

/// No text is a flux.toml that panics, and every mistake in it is told with its place and a hint.
pub fn config(text: &str) {
    let catalog = Catalog::builtin();
    let Err(mistakes) = crate::project::parse(&catalog, Purpose::Read, Path::new("."), text) else { return };
    assert!(!mistakes.is_empty(), "refused without a word");
    for mistake in mistakes {
        let line = text.split('\n').nth(mistake.line - 1).expect("a line of the text");
        assert!((1..=line.chars().count() + 1).contains(&mistake.column), "{mistake:?}");
        assert!(!mistake.message.trim().is_empty() && !mistake.hint.trim().is_empty(), "{mistake:?}");
        assert!(mistake.source.chars().all(flux_host::is_printable), "{mistake:?}");
        assert!(mistake.indent <= mistake.source.chars().count() && mistake.width > 0, "{mistake:?}");
    }
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
