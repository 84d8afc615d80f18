//! A capability that Flux does not have brings its own table of flux.toml: nothing else knows of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use flux_host::section::{Checking, Findings, OpenError, Opening, Purpose, Section};
use flux_host::{Capability, Function, System};
use flux_runtime::{App, Catalog, ConfigError, Project};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;

/// Dice by label, each with its sides.
struct Dice(BTreeMap<String, u32>);

#[derive(Debug, Default, Deserialize, JsonSchema)]
struct DiceSection {
    /// Dice, by label.
    #[serde(default)]
    dice: BTreeMap<String, DiceTable>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DiceTable {
    /// How many sides it has.
    sides: u32,
}

impl Capability for Dice {
    type Section = DiceSection;
    const NAME: &'static str = "dice";
    const WIT: &'static str = "package toy:sections; interface dice {}";

    fn functions() -> Vec<Function> {
        Vec::new()
    }
}

impl Section for DiceSection {
    fn open<'a>(&'a self, opening: &'a mut Opening<'_>) -> BoxFuture<'a, Result<(), OpenError>> {
        let sides = self.dice.iter().map(|(label, dice)| (label.clone(), dice.sides));
        opening.capabilities.add(Dice(sides.collect()));
        std::future::ready(Ok(())).boxed()
    }

    fn check(&self, _: &Checking<'_>, findings: &mut Findings<'_>) {
        findings.labels("dice");
        for (label, dice) in &self.dice {
            let sides = u64::from(dice.sides);
            findings.not_zero(&["dice", label, "sides"], sides, "a die without sides does not roll");
        }
    }
}

fn read(folder: &Path, text: &str) -> Result<Project, ConfigError> {
    std::fs::write(folder.join("flux.toml"), text).expect("it is written");
    Project::read_with(Catalog::builtin().with::<Dice>(), Purpose::Run, folder)
}

#[test]
fn its_mistakes_are_told_with_all_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[app]\nname = 't'\n[dice.red]\nsides = 0\n[dice.blue]\nside = 6\n[kv.a]\n";
    let Err(ConfigError::Wrong { mistakes, .. }) = read(folder.path(), text) else { panic!("it is read") };
    let told: Vec<_> = mistakes.iter().map(|it| (it.line, it.message.as_str())).collect();
    let expect = [
        (4, "'sides' is 0: a die without sides does not roll"),
        (5, "the key 'sides' is missing from [dice.blue]"),
        (6, "there is no key 'side' in [dice.blue]"),
        (7, "[kv.a] has no back end"),
    ];
    assert_eq!(told, expect);
    let without = Project::read(folder.path()).expect_err("Flux has no dice").to_string();
    assert!(without.contains("there is no table 'dice'"), "{without}");
}

#[test]
fn its_keys_are_in_the_schema() {
    let schema = Catalog::builtin().with::<Dice>().schema();
    assert_eq!(schema["properties"]["dice"]["description"], "Dice, by label.");
    assert!(schema["$defs"]["DiceTable"]["properties"]["sides"].is_object(), "{schema}");
    assert!(schema["properties"]["kv"].is_object(), "{schema}");
}

#[tokio::test]
async fn it_is_opened_with_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = read(folder.path(), "[app]\nname = 't'\n[dice.red]\nsides = 6\n").expect("it is read");
    let section: &DiceSection = project.config.section().expect("its section");
    assert_eq!(section.dice["red"].sides, 6);
    let app = App::open(project, Arc::new(System::new()), false).await.expect("it opens");
    let dice = app.capabilities().get::<Dice>().expect("dice");
    assert_eq!(dice.0["red"], 6);
}
