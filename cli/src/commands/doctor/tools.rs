//! The tools that the guests' languages are built with, by what they say of themselves.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use flux_api::{Check, Health};
use flux_runtime::Project;

use crate::build::Language;

/// A program, how it is asked for its version, and the oldest that will do.
struct Tool {
    program: &'static str,
    ask: &'static [&'static str],
    least: Option<(u32, u32)>,
    hint: &'static str,
}

/// The tools of every language that a guest of the project is written in.
pub fn check(project: &Project) -> Vec<Check> {
    let built = project.config.guests.values().filter(|guest| !guest.is_built());
    let languages = built.filter_map(|guest| Language::of(&project.folder.join(&guest.source)));
    let languages: BTreeSet<Language> = languages.collect();
    languages.into_iter().flat_map(of_language).collect()
}

fn of_language(language: Language) -> Vec<Check> {
    let tools: &[Tool] = match language {
        Language::Rust => {
            &[tool("cargo", &["--version"], Some((1, 85)), "install Rust: rustup, or the distribution's")]
        }
        Language::Go => {
            &[tool("go", &["version"], Some((1, 26)), "install Go 1.26 or newer, and put it into PATH")]
        }
        Language::Python => {
            &[tool("python3", &["--version"], Some((3, 10)), "install Python 3.10 or newer with venv")]
        }
        Language::Typescript | Language::Assemblyscript => &[
            tool("node", &["--version"], Some((20, 0)), "install Node.js 20 or newer with npm"),
            tool("npm", &["--version"], None, "install npm, which comes with Node.js"),
        ],
    };
    let mut checks: Vec<_> = tools.iter().map(|tool| one(language, tool)).collect();
    if language == Language::Rust {
        checks.push(wasm_target());
    }
    checks
}

const fn tool(
    program: &'static str,
    ask: &'static [&'static str],
    least: Option<(u32, u32)>,
    hint: &'static str,
) -> Tool {
    Tool { program, ask, least, hint }
}

fn one(language: Language, tool: &Tool) -> Check {
    let name = format!("{} ({language})", tool.program);
    let Some(said) = said(tool.program, tool.ask) else {
        return found(name, Health::Failed, "not in PATH", Some(tool.hint));
    };
    let version = version(&said);
    match (tool.least, version) {
        (Some(least), Some(version)) if version < least => {
            let detail = format!("{said} is older than {}.{}", least.0, least.1);
            found(name, Health::Failed, &detail, Some(tool.hint))
        }
        _ => found(name, Health::Ok, &said, None),
    }
}

fn wasm_target() -> Check {
    let folder = said("rustc", &["--print", "target-libdir", "--target", "wasm32-wasip2"]);
    let is_there = folder.is_some_and(|folder| Path::new(&folder).is_dir());
    let name = "wasm32-wasip2 (Rust)".to_owned();
    match is_there {
        true => found(name, Health::Ok, "its standard library is installed", None),
        false => {
            found(name, Health::Failed, "not installed", Some("install it: rustup target add wasm32-wasip2"))
        }
    }
}

fn found(name: String, health: Health, detail: &str, hint: Option<&str>) -> Check {
    let (detail, hint) = (detail.to_owned(), hint.map(str::to_owned));
    Check { area: "tool".to_owned(), name, health, detail, hint, latency_ms: None }
}

/// The first line that a program prints; none, if it is not there or fails.
fn said(program: &str, ask: &[&str]) -> Option<String> {
    let output = Command::new(program).args(ask).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().next().map(|line| line.trim().to_owned())
}

/// The first two numbers with a dot between them.
fn version(text: &str) -> Option<(u32, u32)> {
    let numbers = text.split(|letter: char| !letter.is_ascii_digit() && letter != '.');
    numbers
        .filter_map(|word| {
            let (major, rest) = word.split_once('.')?;
            Some((major.parse().ok()?, rest.split('.').next()?.parse().ok()?))
        })
        .next()
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn a_version_is_found_in_what_tools_say() {
        let texts = [
            "cargo 1.95.0 (abc 2026-01-01)",
            "go version go1.26.6 linux/amd64",
            "Python 3.12.3",
            "v22.20.0",
            "devel",
        ];
        let expect = [Some((1, 95)), Some((1, 26)), Some((3, 12)), Some((22, 20)), None];
        assert_eq!(texts.map(version), expect);
    }
}
