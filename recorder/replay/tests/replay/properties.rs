//! Random values, random edits of them and random tolerances: what a comparison says is what a slow
//! reference says, and every path covers its own difference.

use flux_recorder::{Encode, Value};
use flux_replay::{Comparison, DifferenceKind, Path, Step, Tolerances, compare, mask};
use proptest::prelude::*;

use crate::edits::edit;
use crate::model::{Dice, Model, model};
use crate::reference::{Pattern, Place, Reference, pattern, written};

struct Case {
    recorded: Model,
    replayed: Model,
    patterns: Vec<Pattern>,
}

fn case(seed: u64) -> Case {
    let mut dice = Dice(seed);
    let recorded = model(&mut dice, 0);
    let mut replayed = recorded.clone();
    for _ in 0..dice.roll(4) {
        edit(&mut replayed, &mut dice);
    }
    let patterns = (0..dice.roll(4))
        .map(|place| pattern(if place == 1 { &replayed } else { &recorded }, &mut dice))
        .collect();
    Case { recorded, replayed, patterns }
}

fn parsed(entries: &[String]) -> Tolerances {
    Tolerances::parse(entries, [""; 0]).expect("entries are paths")
}

/// How a header's name is written is a matter of the headers, and not of what it names.
#[test]
fn the_layout_of_a_header_is_not_how_its_name_is_written() {
    let headers = |name: &str| {
        let pair = Value::Tuple(vec![Value::String(name.into()), Value::String("1".into())]);
        Value::Record(vec![("headers".into(), Value::List(vec![pair]))]).to_canonical()
    };
    let tolerances = parsed(&["response.headers.x-id[layout]".to_owned()]);
    assert_ne!(
        mask("response", &headers("x-id"), &tolerances),
        mask("response", &headers("X-Id"), &tolerances)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_comparison_says_what_the_reference_says(seed: u64) {
        let Case { recorded, replayed, patterns } = case(seed);
        let entries: Vec<_> = patterns.iter().map(written).collect();
        let tolerances = parsed(&entries);
        let (a, b) = (recorded.canonical(), replayed.canonical());
        let found = compare("response", &a, &b, &tolerances);

        let root = [Place::Name("response".to_owned(), 1, false)];
        let rest = |model| Reference(&patterns).rest(model, &root);
        let equal = rest(&recorded) == rest(&replayed);
        prop_assert_eq!(found.differences.is_empty(), equal, "{:?} {:?}", found, entries);
        let masks = mask("response", &a, &tolerances) == mask("response", &b, &tolerances);
        prop_assert_eq!(masks, equal, "{:?}", entries);
        let silent = found.differences.is_empty() && found.tolerated.is_empty();
        prop_assert_eq!(silent, a == b, "{:?} {:?}", found, entries);
    }

    #[test]
    fn ignoring_a_printed_path_covers_that_difference_and_none_beside_it(seed: u64) {
        let Case { recorded, replayed, patterns } = case(seed);
        let entries: Vec<_> = patterns.iter().map(written).collect();
        let (a, b) = (recorded.canonical(), replayed.canonical());
        let before = compare("response", &a, &b, &parsed(&entries));
        for difference in before.differences.iter().take(3) {
            let printed = difference.path.to_string();
            prop_assert_eq!(printed.parse::<Path>(), Ok(difference.path.clone()));
            let after = compare("response", &a, &b, &parsed(&[&entries[..], std::slice::from_ref(&printed)].concat()));
            only_one_is_covered(&before, &after, &difference.path)?;
            let entry = format!("ignore = {}", difference.path.to_toml());
            prop_assert!(after.tolerated.iter().any(|(by, _)| *by == entry), "{} {:?}", entry, after);
        }
    }
}

/// A property of cases that are all alike would say little.
#[test]
fn the_cases_are_of_every_kind() {
    let mut counts = [0; 6];
    for seed in 0..10_000 {
        let Case { recorded, replayed, patterns } = case(seed);
        let entries: Vec<_> = patterns.iter().map(written).collect();
        let (a, b) = (recorded.canonical(), replayed.canonical());
        let found = compare("response", &a, &b, &parsed(&entries));
        let has = |kind| found.differences.iter().any(|it| it.kind == kind);
        let (differ, tolerated) = (!found.differences.is_empty(), !found.tolerated.is_empty());
        let kinds = [
            !differ && !tolerated,
            !differ && tolerated,
            differ && tolerated,
            has(DifferenceKind::Value),
            has(DifferenceKind::Order),
            has(DifferenceKind::Layout),
        ];
        counts.iter_mut().zip(kinds).for_each(|(count, found)| *count += usize::from(found));
    }
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}

fn is_below(path: &Path, above: &Path) -> bool {
    path.steps().starts_with(above.steps())
}

/// The value whose order or layout a path names.
fn owner(path: &Path) -> &[Step] {
    match path.steps().split_last() {
        Some((Step::Order | Step::Layout, owner)) => owner,
        _ => path.steps(),
    }
}

fn only_one_is_covered(before: &Comparison, after: &Comparison, path: &Path) -> Result<(), TestCaseError> {
    let values = |found: &Comparison| -> Vec<_> {
        let values = found.differences.iter().filter(|it| it.kind == DifferenceKind::Value);
        values.filter(|it| !is_below(&it.path, path)).cloned().collect()
    };
    prop_assert_eq!(values(before), values(after), "{}", path);
    prop_assert!(after.differences.iter().all(|it| !is_below(&it.path, path)), "{} {:?}", path, after);
    let others = |found: &Comparison| -> Vec<_> {
        let others = found.differences.iter().filter(|it| it.kind != DifferenceKind::Value);
        others.map(|it| it.path.clone()).filter(|it| !is_below(it, path)).collect()
    };
    // A value takes its place among its neighbours along, and the white space around it.
    let around = |it: &Path| owner(path) != path.steps() || !path.steps().starts_with(owner(it));
    let mut kept = others(before).into_iter().filter(around);
    prop_assert!(kept.all(|it| others(after).contains(&it)), "{} {:?} {:?}", path, before, after);
    let known = |it: &Path| others(before).iter().any(|old| it.steps().starts_with(owner(old)));
    prop_assert!(others(after).iter().all(known), "{} {:?} {:?}", path, before, after);
    Ok(())
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z.*\\[\\]\"#\\\\ ]{0,5}", "[a-z]{1,3}"]
}

fn step() -> impl Strategy<Value = String> {
    prop_oneof![
        name().prop_map(|name| format!(".{}", serde_json::json!(name))),
        (name(), 1..9usize).prop_map(|(name, number)| format!(".{}#{number}", serde_json::json!(name))),
        (0..1000usize).prop_map(|index| format!("[{index}]")),
        Just("[*]".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_path_is_read_back_as_it_was_printed(steps in proptest::collection::vec(step(), 0..5), last in 0..3) {
        let last = ["", "[order]", "[layout]"][last as usize];
        let path: Path = format!("response{}{last}", steps.concat()).parse().expect("a path");
        let printed = path.to_string();
        prop_assert!(!printed.contains(char::is_control));
        prop_assert_eq!(printed.parse::<Path>(), Ok(path.clone()));
        let toml: toml::Table = format!("path = {}", path.to_toml()).parse().expect("toml");
        prop_assert_eq!(toml["path"].as_str(), Some(&*printed));
    }

    #[test]
    fn no_text_panics_the_reader_of_paths(text: String) {
        if let Ok(path) = text.parse::<Path>() {
            prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
        }
    }
}
