//! The command lines of the documents and of the help.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::projects::done;
use crate::support::{binary, root};

/// A command line, as people are shown it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub text: String,
    /// The document, or the help, that has it.
    pub place: String,
    /// In the middle of a sentence, where a command may be named without its arguments.
    pub is_inline: bool,
}

/// Every command line that people are shown, each text once.
pub fn all() -> Vec<Line> {
    let mut lines: Vec<_> = documents().iter().flat_map(|path| of_document(path)).collect();
    of_help(&mut Vec::new(), &mut lines);
    let mut seen = BTreeSet::new();
    // Those of blocks first: a text that is in both must be whole.
    lines.sort_by_key(|line| line.is_inline);
    lines.retain(|line| seen.insert(line.text.clone()));
    lines
}

fn documents() -> Vec<PathBuf> {
    let shared = root().join("cli/src/templates/shared");
    let sdks = flux_tests::LANGUAGES.map(|language| root().join("sdks").join(language));
    let folders = ["", "docs", "docs/errors"].map(|folder| root().join(folder));
    let folders = folders.into_iter().chain(sdks).chain([shared.clone()]).chain(folders_of(&shared));
    let files = folders.flat_map(|folder| entries(&folder));
    files.filter(|path| is_document(path)).collect()
}

/// CHANGELOG.md tells what commands were, too.
fn is_document(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    (name.ends_with(".md") || name.starts_with("README")) && name != "CHANGELOG.md"
}

fn folders_of(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_dir()).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

fn of_document(path: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(path).expect("a document");
    let place = path.strip_prefix(root()).expect("it is in the repository").display().to_string();
    let line = |text: String, is_inline| Line { text, place: place.clone(), is_inline };
    let mut found = Vec::new();
    for (index, part) in text.split("```").enumerate() {
        if index % 2 == 0 {
            found.extend(inline(part).into_iter().map(|text| line(text, true)));
        } else {
            let (language, code) = part.split_once('\n').expect("a fence is a line");
            found.extend(of_block(language, code).into_iter().map(|text| line(text, false)));
        }
    }
    found
}

/// The commands of a block of code. A console has output, too: there a prompt is before each command.
fn of_block(language: &str, code: &str) -> Vec<String> {
    if !["", "sh", "bash", "text", "console"].contains(&language) {
        return Vec::new();
    }
    let code = code.replace("\\\n", " ");
    let lines = code.lines().filter_map(|line| match language {
        "console" => line.trim_start().strip_prefix("$ "),
        _ => Some(line),
    });
    lines.filter_map(command).collect()
}

/// A line whose command is `flux`, without the remark beside it.
fn command(line: &str) -> Option<String> {
    let line = line.trim().split("  ").next().unwrap_or_default();
    let line = line.replace("target/release/flux ", "flux ");
    let is_of_flux = |part: &str| {
        let mut words = part.split_whitespace().skip_while(|word| word.contains('='));
        words.next() == Some("flux")
    };
    let parts = line.replace("$(", "|").replace("<(", "|");
    parts.split(['|', ';', '&']).any(is_of_flux).then(|| line.trim().to_owned())
}

/// The commands between backticks; of `flux queue list|show`, both.
fn inline(prose: &str) -> Vec<String> {
    let paragraphs = prose.split("\n\n");
    let codes = paragraphs.flat_map(|paragraph| paragraph.split('`').skip(1).step_by(2));
    let commands =
        codes.map(|code| code.split_whitespace().collect::<Vec<_>>().join(" ").replace("\\|", "|"));
    commands.filter(|code| code.starts_with("flux ")).flat_map(|code| alternatives(&code)).collect()
}

fn alternatives(code: &str) -> Vec<String> {
    match code.rsplit_once(' ') {
        Some((before, last)) if last.len() > 1 && last.contains('|') => {
            last.split('|').map(|word| format!("{before} {word}")).collect()
        }
        _ => vec![code.to_owned()],
    }
}

/// The commands of the help of a command, and of those below it.
fn of_help(verbs: &mut Vec<String>, found: &mut Vec<Line>) {
    let help = done(std::process::Command::new(binary("flux")).arg("help").args(&*verbs)).stdout;
    let place = format!("flux help {}", verbs.join(" "));
    let line = |text| Line { text, place: place.clone(), is_inline: false };
    found.extend(examples(&help).map(line));
    for verb in below(&help) {
        verbs.push(verb);
        of_help(verbs, found);
        verbs.pop();
    }
}

/// The lines below a heading such as `Examples:`, and what stands behind a colon below all: `in its
/// folder: flux run`.
fn examples(help: &str) -> impl Iterator<Item = String> {
    let examples = help.lines().skip_while(|line| !["Examples:", "Start here:"].contains(line));
    let examples = examples.filter_map(command);
    let below = help.rsplit_once("  -h, --help").map_or("", |(_, below)| below);
    let paragraphs = below.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
    let told = paragraphs.filter_map(|text| {
        let (_, told) = text.split_once(": flux ")?;
        let sentence = told.split(". ").next().unwrap_or_default();
        Some(format!("flux {}", sentence.trim().trim_end_matches('.')))
    });
    examples.chain(told)
}

/// The commands below one, as its help lists them.
fn below(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("  "));
    let verbs = lines.filter_map(|line| line.split(' ').next()).filter(|verb| !["", "help"].contains(verb));
    verbs.map(str::to_owned).collect()
}
