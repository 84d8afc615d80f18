//! Random values, random edits of them and random tolerances: what a comparison says is what a slow
//! reference says, and every path covers its own difference.

use flux_replay::{Comparison, Difference, DifferenceKind, Path, Tolerances, compare, mask, relaid};
use proptest::prelude::*;

use crate::edits::edit;
use crate::model::{Dice, Model, model};
use crate::reference::{Pattern, Place, Reference, Want, pattern, written};

struct Case {
    recorded: Model,
    replayed: Model,
    patterns: Vec<Pattern>,
    layout: Vec<Pattern>,
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
    let layout = (0..dice.roll(6) / 3)
        .map(|_| pattern(&recorded, &mut dice))
        .filter(|it| !matches!(it.last(), Some(Want::Order | Want::Layout)))
        .collect();
    Case { recorded, replayed, patterns, layout }
}

impl Case {
    /// The tolerances, with these entries more in `ignore`.
    fn tolerances(&self, more: &[String]) -> Tolerances {
        let entries: Vec<_> = self.patterns.iter().map(written).collect();
        let layout = self.layout.iter().map(written);
        parsed(&[&entries[..], more].concat()).with_layout(layout).expect("entries are paths")
    }
}

/// What is left of a model.
fn rest(model: &Model, ignore: &[Pattern], layout: &[Pattern]) -> String {
    let root = [Place::Name("response".to_owned(), 1, false)];
    Reference { ignore, layout }.rest(model, &root)
}

fn parsed(entries: &[String]) -> Tolerances {
    Tolerances::parse(entries, [""; 0]).expect("entries are paths")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_comparison_says_what_the_reference_says(seed: u64) {
        let case = case(seed);
        let Case { recorded, replayed, patterns, layout } = &case;
        let tolerances = case.tolerances(&[]);
        let (a, b) = (recorded.canonical(), replayed.canonical());
        let found = compare("response", &a, &b, &tolerances);

        let equal = rest(recorded, patterns, layout) == rest(replayed, patterns, layout);
        prop_assert_eq!(found.differences.is_empty(), equal, "{:?} {:?}", found, tolerances);
        let masks = mask("response", &a, &tolerances) == mask("response", &b, &tolerances);
        prop_assert_eq!(masks, equal, "{:?}", tolerances);
        let silent = found.differences.is_empty() && found.tolerated.is_empty();
        let same = rest(recorded, &[], &[]) == rest(replayed, &[], &[]);
        prop_assert_eq!(silent, same, "{:?} {:?}", found, tolerances);
    }

    #[test]
    fn ignoring_a_printed_path_covers_that_difference_and_none_beside_it(seed: u64) {
        let case = case(seed);
        let (a, b) = (case.recorded.canonical(), case.replayed.canonical());
        let before = compare("response", &a, &b, &case.tolerances(&[]));
        for difference in before.differences.iter().take(3) {
            let printed = difference.path.to_string();
            prop_assert_eq!(printed.parse::<Path>(), Ok(difference.path.clone()));
            let after = compare("response", &a, &b, &case.tolerances(std::slice::from_ref(&printed)));
            only_one_is_covered(&before, &after, &difference.path)?;
            let entry = format!("ignore = {}", difference.path.to_toml());
            prop_assert!(after.tolerated.iter().any(|(by, _)| *by == entry), "{} {:?}", entry, after);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_entry_of_layout_covers_the_layout_and_no_value(seed: u64) {
        let case = case(seed);
        let (a, b) = (case.recorded.canonical(), case.replayed.canonical());
        let before = compare("response", &a, &b, &case.tolerances(&[]));
        for text in relaid(&before.differences).iter().take(3) {
            let tolerances = case.tolerances(&[]).with_layout([text.path.to_string()]).expect("a path");
            let after = compare("response", &a, &b, &tolerances);
            let is_inside = |it: &Difference| it.path.steps().starts_with(text.path.steps());
            let rest: Vec<_> = before.differences.iter().filter(|it| !(it.is_layout() && is_inside(it))).collect();
            prop_assert_eq!(after.differences.iter().collect::<Vec<_>>(), rest, "{:?} {:?}", text, before);
            let entry = format!("layout = {}", text.path.to_toml());
            prop_assert!(after.tolerated.iter().any(|(by, _)| *by == entry), "{} {:?}", entry, after);
        }
    }
}

/// A property of cases that are all alike would say little.
#[test]
fn the_cases_are_of_every_kind() {
    let mut counts = [0; 7];
    for seed in 0..10_000 {
        let case = case(seed);
        let (a, b) = (case.recorded.canonical(), case.replayed.canonical());
        let found = compare("response", &a, &b, &case.tolerances(&[]));
        let by_layout = found.tolerated.iter().any(|(entry, _)| entry.starts_with("layout"));
        let has = |kind| found.differences.iter().any(|it| it.kind == kind);
        let (differ, tolerated) = (!found.differences.is_empty(), !found.tolerated.is_empty());
        let kinds = [
            !differ && !tolerated,
            !differ && tolerated,
            differ && tolerated,
            has(DifferenceKind::Value),
            has(DifferenceKind::Order),
            has(DifferenceKind::Layout),
            by_layout,
        ];
        counts.iter_mut().zip(kinds).for_each(|(count, found)| *count += usize::from(found));
    }
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}

fn is_below(path: &Path, above: &Path) -> bool {
    path.steps().starts_with(above.steps())
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
    let around = |it: &Path| path.owner() != path.steps() || !path.steps().starts_with(it.owner());
    let mut kept = others(before).into_iter().filter(around);
    prop_assert!(kept.all(|it| others(after).contains(&it)), "{} {:?} {:?}", path, before, after);
    let known = |it: &Path| others(before).iter().any(|old| it.steps().starts_with(old.owner()));
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
