//! `flux trace`.

use std::process::ExitCode;

use anyhow::Context as _;
use flux_host::Stack;
use flux_recorder::format::Frames;
use flux_recorder::{End, Event, Outcome, Value};
use flux_replay::headline;
use flux_runtime::{Archive, Project};
use serde_json::json;
use uuid::Uuid;

use crate::errors::CliError;
use crate::printer::Page;
use crate::{Context, printer, time};

/// The longest value that is shown whole.
const WIDTH: usize = 160;

/// Show one execution: every call it made, what came back, and how it ended
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The execution's id, or six or more digits of its beginning or end; or a recording's file
    id: String,
    /// Show values in full
    #[arg(long)]
    full: bool,
}

pub async fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    let journal = match std::path::Path::new(&args.id) {
        file if file.is_file() => std::fs::read(file).with_context(|| format!("cannot read {}", args.id))?,
        _ => {
            let archive = Archive::open(&Project::read(&context.project)?).await?;
            let id = find(&archive, &args.id).await?;
            archive.journal(id).await?.ok_or_else(|| unknown(&args.id))?
        }
    };
    if context.json {
        printer::json(&as_json(&journal)?)?;
    } else {
        let width = if args.full { usize::MAX } else { WIDTH };
        printer::text(&as_text(&journal, width)?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The execution that a text names.
pub async fn find(archive: &Archive, text: &str) -> anyhow::Result<Uuid> {
    Ok(archive.find(text).await?.ok_or_else(|| unknown(text))?)
}

fn unknown(text: &str) -> CliError {
    CliError::coded("FLX0304", format!("there is no execution '{text}'"), "list the last ones: flux tail")
}

/// An event in words: its mark, what it says, and after it what it took.
fn as_text(journal: &[u8], width: usize) -> anyhow::Result<Page> {
    let mut out = Page::default();
    let mut answer = None;
    for event in Frames::of(journal).map_err(flux_runtime::RuntimeError::from)? {
        let event = with_answer(event.map_err(flux_runtime::RuntimeError::from)?, &mut answer);
        match (&event, answer) {
            // The answer stands above, whole.
            (Event::End(end), Some(_)) => ending(&mut out, end)?,
            _ => line(&mut out, &event, width)?,
        }
    }
    Ok(out)
}

fn ending(out: &mut Page, end: &End) -> std::fmt::Result {
    writeln!(out, "end       {}  [{}]", headline(&end.outcome), time::span(end.elapsed_ns))
}

/// The end of an execution that had answered before says nothing of its result: it is put in.
fn with_answer<'a>(mut event: Event<'a>, answer: &mut Option<&'a [u8]>) -> Event<'a> {
    match (&mut event, answer) {
        (Event::Answer { value }, answer) => *answer = Some(value),
        (Event::End(end), Some(answer)) => end.outcome = Outcome::Returned(answer.to_vec()),
        _ => {}
    }
    event
}

fn line(out: &mut Page, event: &Event<'_>, width: usize) -> std::fmt::Result {
    match event {
        Event::Begin(begin) => {
            let trigger = &begin.trigger;
            writeln!(out, "execution {}  {}", begin.id, time::at(begin.started_ns))?;
            writeln!(out, "guest     {} on {}", begin.guest, begin.engine)?;
            writeln!(out, "trigger   {} {}", trigger.kind, trigger.name)?;
            writeln!(out, "          {}", cut(&value(&trigger.input), width))
        }
        Event::Call { seq, function, args } => {
            writeln!(out, "{seq:>4} -> {function}{}", cut(&arguments(args), width))
        }
        Event::Return { seq, elapsed_ns, result } => {
            writeln!(out, "{seq:>4} <- {}  [{}]", cut(&value(result), width), time::span(*elapsed_ns))
        }
        Event::Ambient { stream, value: bytes } => {
            writeln!(out, "   . {stream} = {}", cut(&value(bytes), width))
        }
        Event::Output(output) => {
            let fields: String =
                output.fields.iter().map(|(name, value)| format!(" {name}={value}")).collect();
            writeln!(out, "   | {}: {}{fields}", output.level, output.message)
        }
        Event::Mark { name, value } => writeln!(out, "   * {name}: {value}"),
        Event::Answer { value: bytes } => {
            writeln!(out, "answer    {}  (what follows happened after it)", cut(&value(bytes), width))
        }
        Event::End(end) => {
            ending(out, end)?;
            match &end.outcome {
                Outcome::Returned(bytes) => writeln!(out, "          {}", cut(&value(bytes), width)),
                Outcome::Failed { backtrace, .. } => stack(out, backtrace, width == usize::MAX),
            }
        }
    }
}

/// The frames of a failure: all, or the guest's own.
fn stack(out: &mut Page, frames: &[String], is_whole: bool) -> std::fmt::Result {
    let stack = Stack::of(frames);
    let shown = if is_whole { frames } else { &stack.own };
    shown.iter().try_for_each(|frame| writeln!(out, "          at {frame}"))?;
    match stack.rest().filter(|_| !is_whole) {
        Some(rest) => writeln!(out, "          {rest}  (each: --full)"),
        None => Ok(()),
    }
}

fn value(bytes: &[u8]) -> String {
    Value::read(bytes).map_or_else(|error| format!("<{error}>"), |value| value.to_string())
}

/// Arguments in parentheses, one or many.
fn arguments(bytes: &[u8]) -> String {
    match Value::read(bytes) {
        Ok(Value::Tuple(_)) => value(bytes),
        _ => format!("({})", value(bytes)),
    }
}

/// A value that is longer is cut in its middle: its beginning and its end tell most.
pub fn cut(text: &str, width: usize) -> String {
    let count = text.chars().count();
    if count <= width {
        return text.to_owned();
    }
    let head: String = text.chars().take(width * 2 / 3).collect();
    let tail: String = text.chars().skip(count - width / 4).collect();
    format!("{head} … {} more … {tail}", count - width * 2 / 3 - width / 4)
}

fn as_json(journal: &[u8]) -> anyhow::Result<serde_json::Value> {
    let mut events = Vec::new();
    let mut answer = None;
    for event in Frames::of(journal).map_err(flux_runtime::RuntimeError::from)? {
        let event = with_answer(event.map_err(flux_runtime::RuntimeError::from)?, &mut answer);
        events.push(event_json(&event));
    }
    Ok(json!({ "events": events }))
}

fn event_json(event: &Event<'_>) -> serde_json::Value {
    match event {
        Event::Begin(begin) => json!({
            "event": "begin", "id": begin.id, "parent": begin.parent, "guest": begin.guest.to_string(),
            "engine": begin.engine, "started": time::at(begin.started_ns), "kind": begin.trigger.kind,
            "name": begin.trigger.name, "input": value(&begin.trigger.input),
        }),
        Event::Call { seq, function, args } => {
            json!({ "event": "call", "seq": seq, "function": function, "args": value(args) })
        }
        Event::Return { seq, elapsed_ns, result } => {
            json!({ "event": "return", "seq": seq, "elapsedNs": elapsed_ns, "result": value(result) })
        }
        Event::Ambient { stream, value: bytes } => {
            json!({ "event": "ambient", "stream": stream, "value": value(bytes) })
        }
        Event::Output(output) => json!({
            "event": "output", "level": output.level, "message": output.message, "fields": output.fields,
        }),
        Event::Mark { name, value } => json!({ "event": "mark", "name": name, "value": value }),
        Event::Answer { value: bytes } => json!({ "event": "answer", "result": value(bytes) }),
        Event::End(end) => {
            let (result, backtrace) = match &end.outcome {
                Outcome::Returned(bytes) => (Some(value(bytes)), None),
                Outcome::Failed { backtrace, .. } => (None, Some(backtrace)),
            };
            json!({
                "event": "end", "outcome": headline(&end.outcome), "result": result,
                "backtrace": backtrace, "elapsedNs": end.elapsed_ns, "peakMemory": end.peak_memory,
            })
        }
    }
}
