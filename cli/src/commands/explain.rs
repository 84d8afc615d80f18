//! `flux explain`.

use std::process::ExitCode;

use flux_api::ErrorPage;

use crate::context::Context;
use crate::errors::CliError;
use crate::printer;
use crate::table::Column;

/// The pages of docs/errors/, by code: `build.rs` makes the list.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/error_pages.rs"));

const COLUMNS: [Column; 2] = [Column::keep("CODE"), Column::cut("MEANING")];
/// How alike a code has to be to be meant.
const LIKENESS: f64 = 0.8;

/// Explain an error code: what happened, why, and what to do
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux explain FLX0404\n  flux explain 404\n  flux explain           every code with its meaning"
)]
pub struct Args {
    /// The code, as in error[FLX0404]. Without one, all codes are listed
    code: Option<String>,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    match (&args.code, context.json) {
        (None, true) => {
            let pages: Vec<_> = PAGES.iter().map(as_api).collect();
            context.print_json_list(&pages)?;
        }
        (None, false) => {
            let row = |page: &(&str, &str)| vec![page.0.to_owned(), title(page.1).to_owned()];
            printer::table(&COLUMNS, &PAGES.iter().map(row).collect::<Vec<_>>())?;
        }
        (Some(code), true) => context.print_json(&as_api(page(code)?))?,
        (Some(code), false) => printer::prose(&plain(page(code)?.1), 0)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn as_api((code, text): &(&str, &str)) -> ErrorPage {
    ErrorPage { code: (*code).to_owned(), title: title(text).to_owned(), page: (*text).to_owned() }
}

/// The page of a code, of which the letters and the zeros may be left out.
fn page(asked: &str) -> Result<&'static (&'static str, &'static str), CliError> {
    let digits = asked.trim().trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    let code = match digits.parse::<u32>() {
        Ok(number) => format!("FLX{number:04}"),
        Err(_) => asked.trim().to_uppercase(),
    };
    if let Some(found) = PAGES.iter().find(|(known, _)| *known == code) {
        return Ok(found);
    }
    let scored = PAGES.iter().map(|(known, _)| (strsim::jaro_winkler(&code, known), known));
    let nearest = scored.max_by(|(a, _), (b, _)| a.total_cmp(b)).filter(|(score, _)| *score > LIKENESS);
    let hint = match nearest {
        Some((_, known)) => format!("did you mean {known}? All of them: flux explain"),
        None => "list all codes: flux explain".to_owned(),
    };
    Err(CliError::new(format!("there is no error code '{asked}'"), hint))
}

/// What the code means: the page's heading.
fn title(page: &str) -> &str {
    let heading = page.lines().next().unwrap_or_default();
    heading.split_once(": ").map_or(heading, |(_, title)| title)
}

/// Markdown as a terminal reads it: no marks of emphasis, and of a link its text.
fn plain(page: &str) -> String {
    let mut in_code = false;
    let line = |line: &str| {
        in_code ^= line.starts_with("```");
        match line {
            fence if fence.starts_with("```") => String::new(),
            code if in_code => format!("    {code}\n"),
            text => format!("{}\n", without_links(&text.trim_start_matches("# ").replace("**", ""))),
        }
    };
    page.lines().map(line).collect()
}

fn without_links(text: &str) -> String {
    let Some((before, rest)) = text.split_once('[') else { return text.to_owned() };
    match rest.split_once("](").and_then(|(label, rest)| Some((label, rest.split_once(')')?.1))) {
        Some((label, after)) if !label.contains('[') => format!("{before}{label}{}", without_links(after)),
        _ => format!("{before}[{}", without_links(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_as_people_type_it() {
        for asked in ["FLX0404", "flx0404", "404", "0404", " FLX404 "] {
            assert_eq!(page(asked).unwrap().0, "FLX0404", "{asked}");
        }
        assert!(page("9404").is_err() && page("nothing").is_err());
    }

    #[test]
    fn markdown_is_plain() {
        let text =
            "# FLX1: a title\n\n**Why.** See [replays](../replay.md) and a[0].\n\n```\nerror: x\n```\n";
        let expect = "FLX1: a title\n\nWhy. See replays and a[0].\n\n    error: x\n";
        assert_eq!(plain(text), expect);
    }

    #[test]
    fn every_page_has_a_title() {
        assert!(PAGES.iter().all(|(code, text)| text.starts_with(&format!("# {code}: "))));
        assert!(PAGES.len() > 20);
    }
}
