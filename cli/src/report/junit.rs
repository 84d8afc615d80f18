//! The report that CI systems read.

use std::fmt::Write as _;

use flux_host::printable;

use crate::report::{Replays, human};

/// One test case an execution.
pub fn junit(replays: &Replays) -> String {
    let passes = |it: &flux_runtime::ReplayedExecution| it.report.verdict.passes() && !it.unfaithful;
    let failures = replays.executions.iter().filter(|it| !passes(it)).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuite name=\"flux replay\" tests=\"{}\" failures=\"{failures}\">",
        replays.executions.len()
    );
    for it in &replays.executions {
        let begin = &it.recording.begin;
        let (name, id, verdict) =
            (escape(&printable(&begin.trigger.name)), begin.id, it.report.verdict.name());
        if passes(it) {
            let _ = writeln!(out, "  <testcase classname=\"{name}\" name=\"{id}\"/>");
        } else {
            let details = escape(human::execution(it).as_ref());
            let _ = writeln!(out, "  <testcase classname=\"{name}\" name=\"{id}\">");
            let _ = writeln!(out, "    <failure type=\"{verdict}\">{details}</failure>\n  </testcase>");
        }
    }
    out + "</testsuite>\n"
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
