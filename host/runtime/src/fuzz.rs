//! What no input may break: run by `host/runtime/fuzz` for hours, and by the tests for a moment.

use std::path::Path;

use flux_host::Hint;

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
    }

    #[test]
    fn what_once_was_wrong_stays_right() {
        super::config("ü");
        super::config("[app]\nname = \"ü\"\nwhat = \"ü");
    }
}
