//! Mistakes in how the command was called, in JSON where JSON was asked for.

use std::process::ExitCode;

use clap::error::ErrorKind;
use flux_api::Problem;

use crate::errors;

/// The status of a command that was called in a wrong way.
const USAGE: u8 = 2;

/// Prints what clap found: help and versions too are errors to it.
pub fn print(error: &clap::Error) -> ExitCode {
    let is_asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_asked_for || !json_is_asked_for() {
        // Whoever read it may be gone.
        let _ = error.print();
        return if is_asked_for { ExitCode::SUCCESS } else { ExitCode::from(USAGE) };
    }
    let problem = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => no_command(),
        _ => problem(&error.render().to_string()),
    };
    errors::print_json(&problem);
    ExitCode::from(USAGE)
}

/// The arguments could not be parsed, so they are looked through.
fn json_is_asked_for() -> bool {
    let mut options = std::env::args().skip(1).take_while(|argument| argument != "--");
    options.any(|argument| argument == "--json" || argument.starts_with("--json="))
}

fn help() -> Option<String> {
    Some("add --help to see what it takes".to_owned())
}

/// clap prints the whole help where a command is missing.
fn no_command() -> Problem {
    let hint = Some("see what there is: flux --help".to_owned());
    Problem {
        error: "no command is named".to_owned(),
        causes: Vec::new(),
        code: None,
        hint,
        mistakes: Vec::new(),
    }
}

/// clap's text begins with `error: `, has a tip on a line of its own where it knows one, and ends with the usage.
fn problem(text: &str) -> Problem {
    let text = text.trim();
    let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let line = |start: &str| rest.lines().map(str::trim).find(|line| line.starts_with(start));
    let tip = line("tip: ").map(|tip| tip.trim_start_matches("tip: ").to_owned());
    let usage = line("Usage: ").map(|usage| usage.replacen("Usage: ", "usage: ", 1));
    let words = message.split_whitespace().collect::<Vec<_>>().join(" ");
    // The parsers of values know what to write.
    let (words, own) = match words.split_once("; hint: ") {
        Some((words, hint)) => (words.to_owned(), Some(hint.to_owned())),
        None => (words, None),
    };
    Problem {
        error: words,
        causes: Vec::new(),
        code: None,
        hint: own.or(tip).or(usage).or_else(help),
        mistakes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn a_tip_is_the_hint_and_the_usage_where_there_is_none() {
        let found = problem(
            "error: unexpected argument '--lst' found\n\n  tip: a similar argument exists: '--last'\n\nUsage: flux replay --last <N>\n\nFor more information, try '--help'.\n",
        );
        assert_eq!(found.error, "unexpected argument '--lst' found");
        assert_eq!(found.hint.as_deref(), Some("a similar argument exists: '--last'"));
        let found = problem(
            "error: the following required arguments were not provided:\n  <ID>\n\nUsage: flux trace <ID>\n\nFor more information, try '--help'.",
        );
        assert_eq!(found.error, "the following required arguments were not provided: <ID>");
        assert_eq!(found.hint.as_deref(), Some("usage: flux trace <ID>"));
    }
}
