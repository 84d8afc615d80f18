//! What no input may break: run by `host/runtime/fuzz` for hours, and by the tests for a moment.

use std::path::Path;

use flux_host::section::Purpose;

use crate::catalog::Catalog;

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
    }

    #[test]
    fn what_once_was_wrong_stays_right() {
        super::config("ü");
        super::config("[app]\nname = \"ü\"\nwhat = \"ü");
    }
}
