//! A capability that Flux does not have brings its own table of flux.toml: nothing else knows of it.

use std::path::Path;
use std::sync::Arc;

use flux_host::System;
use flux_host::section::Purpose;
use flux_runtime::{App, Catalog, ConfigError, Project};
use flux_tests::dice::Dice;

fn read(folder: &Path, text: &str) -> Result<Project, ConfigError> {
    std::fs::write(folder.join("flux.toml"), text).expect("it is written");
    Project::read_with(Catalog::builtin().with::<Dice>(), Purpose::Run, folder)
}

#[test]
fn its_mistakes_are_told_with_all_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[app]\nname = 't'\n[dice.red]\nplayer = ''\n[dice.blue]\nplayr = 'Bo'\n[kv.a]\n";
    let Err(ConfigError::Wrong { mistakes, .. }) = read(folder.path(), text) else { panic!("it is read") };
    let told: Vec<_> = mistakes.iter().map(|it| (it.line, it.message.as_str())).collect();
    let expect = [
        (4, "'player' is empty"),
        (5, "'player' is empty"),
        (6, "there is no key 'playr' in [dice.blue]"),
        (7, "[kv.a] has no back end"),
    ];
    assert_eq!(told, expect);
    let without = Project::read(folder.path()).expect_err("Flux has no dice").to_string();
    assert!(without.contains("there is no table 'dice'"), "{without}");
}

#[test]
fn its_keys_are_in_the_schema() {
    let schema = Catalog::builtin().with::<Dice>().schema();
    assert_eq!(schema["properties"]["dice"]["description"], "Tables, by label.");
    assert!(schema["$defs"]["TableConfig"]["properties"]["player"].is_object(), "{schema}");
    assert!(schema["properties"]["kv"].is_object(), "{schema}");
}

#[tokio::test]
async fn it_is_opened_with_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = read(folder.path(), "[app]\nname = 't'\n[dice.red]\nplayer = 'Ann'\n").expect("it is read");
    let app = App::open(project, Arc::new(System::new()), false).await.expect("it opens");
    assert!(app.capabilities().get::<Dice>().is_some(), "there are dice");
}
