//! The report that CI systems read: one test case an execution.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flux_host::printable;
use flux_runtime::Told;

use super::human;

/// The heading has the counts, which are known last: so it has a place of this width.
const HEADING: usize = 120;

/// A report that grows on the disk, and not in memory.
pub struct JunitFile {
    path: PathBuf,
    file: std::io::BufWriter<File>,
    tests: usize,
    failures: usize,
    errors: usize,
}

impl JunitFile {
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut it = Self {
            path: path.to_owned(),
            file: std::io::BufWriter::new(file),
            tests: 0,
            failures: 0,
            errors: 0,
        };
        let heading = it.heading();
        it.write(&heading)?;
        Ok(it)
    }

    pub fn add(&mut self, told: &Told, passes: bool) -> anyhow::Result<()> {
        let (class, name, kind) = match told {
            Told::OtherGuest => return Ok(()),
            Told::NotRun { name, .. } => ("flux replay".to_owned(), name.clone(), "not run"),
            Told::Replayed(it) => {
                (it.begin.trigger.name.clone(), it.begin.id.to_string(), it.report.verdict.name())
            }
        };
        self.tests += 1;
        let (class, name) = (escape(&printable(&class)), escape(&printable(&name)));
        let details = human::one(told, true);
        let details = escape(details.as_ref());
        let (open, close) = match told {
            _ if passes && details.is_empty() => {
                return self.write(&format!("  <testcase classname=\"{class}\" name=\"{name}\"/>\n"));
            }
            // What passes may have something to say: how far it got, or what is tolerated.
            _ if passes => ("system-out".to_owned(), "system-out"),
            Told::NotRun { .. } => (format!("error type=\"{kind}\""), "error"),
            _ => (format!("failure type=\"{kind}\""), "failure"),
        };
        self.errors += usize::from(close == "error");
        self.failures += usize::from(close == "failure");
        self.write(&format!(
            "  <testcase classname=\"{class}\" name=\"{name}\">\n    <{open}>{details}</{close}>\n  </testcase>\n"
        ))
    }

    pub fn finish(mut self) -> anyhow::Result<()> {
        self.write("</testsuite>\n")?;
        let heading = self.heading();
        self.file
            .seek(SeekFrom::Start(0))
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        self.write(&heading)?;
        self.file.flush().with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn heading(&self) -> String {
        let Self { tests, failures, errors, .. } = self;
        let suite = format!(
            "<testsuite name=\"flux replay\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\""
        );
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{suite:<HEADING$}>\n")
    }

    fn write(&mut self, text: &str) -> anyhow::Result<()> {
        self.file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// For text and attributes, of which nothing but line breaks is not printable.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter => out.push(letter),
        }
    }
    out
}
