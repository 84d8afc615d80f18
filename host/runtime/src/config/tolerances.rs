//! Checks `[replay]`. An entry that can never cover anything is a mistake of its writer, who believes that it does.

use flux_host::Declaration;
use flux_host::section::Findings;
use flux_replay::{Path, PatternError, Tolerances};

use super::ReplayConfig;
use super::nameable::{Mistaken, Nameable};

/// `declarations` is only asked for where there is an entry: reading WIT takes time.
pub(super) fn check(
    replay: &ReplayConfig,
    declarations: impl FnOnce() -> Vec<Declaration>,
    findings: &mut Findings<'_>,
) {
    let ReplayConfig { ignore, layout, unordered } = replay;
    if ignore.is_empty() && layout.is_empty() && unordered.is_empty() {
        return;
    }
    let nameable = Nameable::of(&declarations());
    let path = |entry: &str| entry.parse::<Path>().map_or(Ok(()), |path| nameable.check_path(&path));
    let function = |entry: &str| nameable.check_function(entry);
    check_entries("ignore", ignore, |entry| Tolerances::parse([entry], [""; 0]), path, findings);
    let of_layout = |entry: &str| Tolerances::default().with_layout([entry]);
    check_entries("layout", layout, of_layout, path, findings);
    check_entries("unordered", unordered, |entry| Tolerances::parse([""; 0], [entry]), function, findings);
}

fn check_entries(
    key: &str,
    entries: &[String],
    parse: impl Fn(&str) -> Result<Tolerances, PatternError>,
    names_something: impl Fn(&str) -> Result<(), Mistaken>,
    findings: &mut Findings<'_>,
) {
    for (index, entry) in entries.iter().enumerate() {
        let parsed = parse(entry).map_err(|error| (error.to_string(), error.hint()));
        if let Err((message, hint)) = parsed.and_then(|_| names_something(entry)) {
            findings.add(&["replay", key, &index.to_string()], message, hint);
        }
    }
}
