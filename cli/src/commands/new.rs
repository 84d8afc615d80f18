//! `flux new`.

mod kit;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::json;

use crate::build::Language;
use crate::errors::CliError;
use crate::{Context, printer};
use kit::{File, Kit};

/// Make a project that builds and runs at once
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux new hello                               Rust, answering GET /hello/{name}\n  \
    flux new shop --lang go --template service   POST /mail makes a job, which the same guest runs\n  \
    flux new mailer --lang python --template job\n\
    Then, in its folder: flux run --watch"
)]
pub struct Args {
    /// The project's folder and name
    name: PathBuf,
    /// The language
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    lang: Language,
    /// What it does
    #[arg(long, value_enum, default_value_t = Template::Http)]
    template: Template,
}

/// What a new project does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Template {
    /// Answers requests
    Http,
    /// Runs the jobs of a queue
    Job,
    /// Both: a request makes a job
    Service,
}

impl Template {
    /// How to see it work.
    fn try_it(self) -> &'static str {
        match self {
            Self::Http => "curl -i http://127.0.0.1:8080/hello/Ada",
            Self::Job => "flux queue send mail '{\"to\": \"ann@example.org\"}'",
            Self::Service => "curl -i http://127.0.0.1:8080/mail -d '{\"to\": \"ann@example.org\"}'",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Job => "job",
            Self::Service => "service",
        }
    }
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    let name = args.name.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    check_name(name)?;
    if args.name.exists() {
        return Err(CliError::new(format!("{} exists", args.name.display()), "choose another name").into());
    }
    let kit = Kit::of(args.lang);
    let fill = |text: &str| {
        let text = text.replace("{{name}}", name).replace("{{language}}", &args.lang.to_string());
        text.replace("{{test}}", kit.test)
            .replace("{{try}}", args.template.try_it())
            .replace("{{sdk}}", &kit.sdk)
    };
    let files = kit.files(args.template);
    for File { path, text } in &files {
        write(&args.name.join(path), &fill(text))?;
    }
    let try_it = args.template.try_it();
    if context.json {
        let (language, template) = (args.lang.name(), args.template.name());
        let paths: Vec<_> = files.iter().map(|file| file.path).collect();
        printer::json(&json!({
            "name": name, "path": args.name, "language": language, "template": template, "files": paths,
            "next": [fill(kit.test), "flux run".to_owned(), try_it.to_owned()],
        }))?;
    } else {
        let folder = args.name.display();
        printer::text(&format!("made {name}. Now: cd {folder} && flux run\nand then: {try_it}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A name that the manifests of all languages take.
fn check_name(name: &str) -> Result<(), CliError> {
    let is_name = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' || letter == '_'
    };
    let starts = name.starts_with(|letter: char| letter.is_ascii_lowercase());
    if !starts || !name.chars().all(is_name) || name.len() > 64 {
        let hint = "a lower-case letter, then lower-case letters, digits, '-' and '_', 64 at the most";
        return Err(CliError::new(format!("'{name}' is no name for a project"), hint));
    }
    if kit::TAKEN.contains(&name) {
        let hint = "a package that its build needs is called so: choose another name";
        return Err(CliError::new(format!("'{name}' is taken"), hint));
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(cannot)?;
    }
    std::fs::write(path, text).with_context(cannot)
}
