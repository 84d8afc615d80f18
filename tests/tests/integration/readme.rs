//! What README.md promises, and where the documents point.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::projects::{done, has};
use crate::replays::served;
use crate::support::{binary, guest, root};

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn readme() -> String {
    read(&root().join("README.md"))
}

/// The blocks of code in a text: the text before each, its language, its lines.
fn blocks(text: &str) -> Vec<(&str, &str, &str)> {
    let mut found = Vec::new();
    let parts: Vec<_> = text.split("```").collect();
    for pair in parts.chunks_exact(2) {
        let (language, code) = pair[1].split_once('\n').expect("a fence is a line");
        found.push((pair[0], language, code));
    }
    found
}

/// Where the links of a text go, without those in code, and what is not in this repository.
fn links(text: &str) -> Vec<&str> {
    let prose = text.split("```").step_by(2);
    let targets = prose.flat_map(|part| part.split("](").skip(1)).filter_map(|rest| rest.split(')').next());
    let files = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    files.filter_map(|target| target.split('#').next()).collect()
}

/// Words that are another in each run: an execution's id, a digest.
fn without_ids(line: &str) -> String {
    let is_id =
        |word: &&str| word.len() >= 12 && word.chars().all(|it| it.is_ascii_hexdigit() || "-:".contains(it));
    let words = line.split_whitespace().map(|word| if is_id(&word) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_first_screen_is_what_a_replay_in_another_language_says() {
    if !has(&["go", "python3"]) {
        return;
    }
    let (shop, _) = served();
    let text = readme();
    let (_, _, screen) = blocks(&text)[0];
    let commands: Vec<_> = screen.split("$ flux replay --last 20 --against ").skip(1).collect();
    assert_eq!(commands.len(), 2, "{screen}");
    for command in commands {
        let (name, expected) = command.split_once(".wasm").expect("a component is named");
        let component = match name.strip_suffix("_changed") {
            Some(name) => guest(name, "changed"),
            None => guest(name, ""),
        };
        let said =
            shop.project.flux(&["replay", "--last", "20", "--against", &component.display().to_string()]);
        let mut lines = said.stdout.lines().map(without_ids);
        for line in expected.lines().skip(1).map(without_ids).filter(|line| line.len() > "…".len()) {
            assert!(lines.any(|it| it == line), "{name}: no '{line}' in its place in:\n{}", said.stdout);
        }
    }
}

#[test]
fn the_samples_are_cut_from_the_files_that_they_name() {
    let text = readme();
    let is_sample = |it: &&(&str, &str, &str)| ["rust", "go", "python", "ts"].contains(&it.1);
    let blocks = blocks(&text);
    let samples: Vec<_> = blocks.iter().filter(is_sample).collect();
    assert_eq!(samples.len(), flux_tests::LANGUAGES.len(), "a sample a language");
    for (before, _, code) in samples {
        let file = links(before).pop().expect("a sample names its file");
        assert!(read(&root().join(file)).contains(code), "not in {file}:\n{code}");
    }
}

#[test]
fn every_command_that_the_readme_lists_is_one_that_help_explains() {
    let text = readme();
    let commands = text.lines().filter_map(|line| line.strip_prefix("| `flux "));
    let commands: BTreeSet<_> =
        commands.map(|line| line.split([' ', '`']).next().unwrap_or_default()).collect();
    assert!(commands.len() >= 10, "{commands:?}");
    for command in commands {
        done(Command::new(binary("flux")).args([command, "--help"]));
    }
}

#[test]
fn the_verdicts_are_listed_as_a_replay_says_them() {
    let text = readme();
    let row = text.lines().find(|line| line.starts_with("| `flux replay")).expect("a row of the table");
    let list = row.split(": ").nth(1).and_then(|rest| rest.split(['(', '|']).next()).expect("a list");
    let [first @ .., last] = flux_replay::Verdict::ALL.map(flux_replay::Verdict::name);
    assert_eq!(list.trim(), format!("{} or {last}", first.join(", ")));
    let page = read(&root().join("docs/replay.md"));
    assert!(first.iter().chain([&last]).all(|name| page.contains(&format!("| `{name}` |"))));
}

/// The documents that people read, but for guests' and templates' own.
fn documents() -> Vec<PathBuf> {
    let folders = ["", "docs", "docs/errors", "guests", "recorder"].map(|folder| root().join(folder));
    let sdks = flux_tests::LANGUAGES.map(|language| root().join("sdks").join(language));
    let entries =
        folders.into_iter().chain(sdks).flat_map(|folder| std::fs::read_dir(folder).expect("a folder"));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|it| it == "md")).collect()
}

#[test]
fn no_link_of_a_document_leads_nowhere() {
    let documents = documents();
    assert!(documents.len() > 40, "{documents:?}");
    for document in documents {
        let folder = document.parent().expect("a file is in a folder");
        let text = read(&document);
        let dead: Vec<_> = links(&text).into_iter().filter(|link| !folder.join(link).exists()).collect();
        assert!(dead.is_empty(), "{}: {dead:?}", document.display());
    }
}
