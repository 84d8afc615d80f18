//! `flux trace`.

use std::process::ExitCode;

use flux_api::Trace;
use flux_host::Stack;
use flux_recorder::{End, Event, Outcome, Value};
use flux_replay::headline;
use flux_runtime::{Operations, Traced, at, events};
use flux_store::Selection;

use crate::context::Context;
use crate::errors::CliError;
use crate::printer::{Page, cut};
use crate::select::{Filter, positive};
use crate::{printer, time};

/// The longest value that a terminal shows whole. A narrow one shows two lines.
const WIDTH: usize = 160;
/// Show one execution: every call it made, what came back, and how it ended
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux trace 3f9a41c2b7d0\n  flux trace --last\n  flux trace --last --failed --route 'POST /orders'\n  \
    flux trace failure.fluj --json | jq '.events[] | select(.event == \"call\")'"
)]
pub struct Args {
    /// The execution's id, or six or more digits of its beginning or end; or a recording's file, or a folder of them
    #[arg(conflicts_with_all = ["last", "guest", "since", "route", "status", "failed"])]
    id: Option<String>,
    /// The newest execution, or the newest N, the oldest of them first
    #[arg(short = 'n', long, value_name = "N", num_args = 0..=1, default_missing_value = "1", value_parser = positive, allow_negative_numbers = true)]
    last: Option<u32>,
    #[command(flatten)]
    filter: Filter,
    /// Show each input on a line of its own: what the guest read of clocks, settings and the like
    #[arg(long)]
    inputs: bool,
    /// Show values in full, as is always done if the output is not a terminal
    #[arg(long)]
    full: bool,
}

pub async fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    let mut traces = Vec::new();
    for (index, traced) in traced(context, args).await?.iter().enumerate() {
        match context.json {
            true => traces.push(traced.to_api()?),
            false => {
                let between = if index > 0 { "\n" } else { "" };
                printer::prose(&format!("{between}{}", as_text(traced, args)?.as_ref()), 4)?;
            }
        }
    }
    if context.json {
        print_json(&traces, args.last.is_some_and(|last| last > 1), context)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What the arguments name. A file is read without a project.
async fn traced(context: &Context, args: &Args) -> anyhow::Result<Vec<Traced>> {
    if let Some(traced) = args.id.as_deref().map(Traced::of_files).transpose()?.flatten() {
        return Ok(traced);
    }
    let operations = Operations::open_for(&context.project, args.id.as_slice())?;
    let ids = match &args.id {
        Some(id) => vec![id.clone()],
        None => newest(&operations, args).await?,
    };
    let mut traced = Vec::new();
    for id in ids {
        traced.push(operations.trace(&id).await?);
    }
    Ok(traced)
}

/// One document for one execution; a list where several are asked for.
fn print_json(traces: &[Trace], several: bool, context: &Context) -> std::io::Result<()> {
    match (traces, several) {
        ([trace], false) => context.print_json(trace),
        _ => context.print_json_list(traces),
    }
}

/// The ids of the newest executions, the oldest of them first.
async fn newest(operations: &Operations, args: &Args) -> anyhow::Result<Vec<String>> {
    let guest = args.filter.guest.as_deref();
    if args.last.is_none() && !args.filter.is_some() && guest.is_none() {
        return Err(
            CliError::new("no execution is named", "name one, or the newest: flux trace --last").into()
        );
    }
    let selection = Selection { last: args.last.or(Some(1)), ..args.filter.selection() };
    let query = operations.query(selection, guest).await?;
    let found = operations.executions(&query).await?;
    if found.is_empty() {
        return Err(CliError::new("no execution fits", "see what there is: flux tail").into());
    }
    Ok(found.into_iter().rev().map(|execution| execution.id).collect())
}

/// An event in words: its mark, what it says, and after it what it took.
fn as_text(traced: &Traced, args: &Args) -> anyhow::Result<Page> {
    // A pipe has no width: whoever reads it wants all of it.
    let columns = printer::columns().filter(|_| !args.full);
    let mut view = View {
        out: Page::default(),
        width: columns.map_or(usize::MAX, |columns| WIDTH.min(2 * columns)),
        is_narrow: columns.is_some_and(|columns| columns < 100),
        inputs: args.inputs,
        whole_stack: args.full,
        folded: Vec::new(),
        answered: false,
        traced,
    };
    for event in events(&traced.journal)? {
        view.event(&event)?;
    }
    view.unfold()?;
    Ok(view.out)
}

/// What is written of a journal, event by event.
struct View<'a> {
    out: Page,
    width: usize,
    /// A whole digest has no place in a line.
    is_narrow: bool,
    inputs: bool,
    /// Every frame of a stack, and not only the guest's own.
    whole_stack: bool,
    /// Inputs of one run, by name and with their count, in the order in which they came.
    folded: Vec<(String, String, usize)>,
    answered: bool,
    traced: &'a Traced,
}

impl View<'_> {
    fn event(&mut self, event: &Event<'_>) -> std::fmt::Result {
        if let Event::Ambient { stream, value: bytes } = event {
            return self.input(stream, bytes);
        }
        self.unfold()?;
        match event {
            Event::Ambient { .. } => Ok(()),
            Event::Begin(begin) => {
                let trigger = &begin.trigger;
                writeln!(self.out, "execution {}  {}", begin.id, at(begin.started_ns))?;
                let digest = if self.is_narrow { begin.guest.short() } else { begin.guest.to_string() };
                writeln!(self.out, "guest     {digest} on {}", begin.engine)?;
                writeln!(self.out, "trigger   {} {}", trigger.kind, trigger.name)?;
                writeln!(self.out, "          {}", cut(&value(&trigger.input), self.width))?;
                self.sender()
            }
            Event::Call { seq, function, args } => {
                writeln!(self.out, "{seq:>4} -> {function}{}", cut(&arguments(args), self.width))
            }
            Event::Return { seq, elapsed_ns, result } => {
                let took = time::span(*elapsed_ns);
                writeln!(self.out, "{seq:>4} <- {}  [{took}]", cut(&value(result), self.width))?;
                self.sent_job(*seq)
            }
            Event::Output(output) => {
                let fields: String =
                    output.fields.iter().map(|(name, value)| format!(" {name}={value}")).collect();
                writeln!(self.out, "   | {}: {}{fields}", output.level, output.message)
            }
            Event::Mark { name, value } => writeln!(self.out, "   * {name}: {value}"),
            Event::Answer { value: bytes } => {
                self.answered = true;
                let answer = cut(&value(bytes), self.width);
                writeln!(self.out, "answer    {answer}  (what follows happened after it)")
            }
            Event::End(end) => self.end(end),
        }
    }

    fn input(&mut self, stream: &str, bytes: &[u8]) -> std::fmt::Result {
        let text = cut(&value(bytes), self.width);
        if self.inputs {
            return writeln!(self.out, "   . {stream} = {text}");
        }
        match self.folded.iter_mut().find(|(name, ..)| name == stream) {
            Some((.., count)) => *count += 1,
            None => self.folded.push((stream.to_owned(), text, 1)),
        }
        Ok(())
    }

    /// Writes the inputs of the run that is over: one as it is, several in one line.
    fn unfold(&mut self) -> std::fmt::Result {
        let folded = std::mem::take(&mut self.folded);
        let count: usize = folded.iter().map(|(.., count)| count).sum();
        match folded.as_slice() {
            [] => Ok(()),
            [(stream, text, 1)] => writeln!(self.out, "   . {stream} = {text}"),
            streams => {
                let of = |(name, _, count): &(String, String, usize)| match count {
                    1 => name.clone(),
                    count => format!("{name} x{count}"),
                };
                let streams = streams.iter().map(of).collect::<Vec<_>>().join(", ");
                writeln!(self.out, "   . {count} inputs: {streams}  (each: --inputs)")
            }
        }
    }

    fn sender(&mut self) -> std::fmt::Result {
        match &self.traced.sent_by {
            Some(it) => {
                writeln!(self.out, "sent by   {}  {} {}, call {}", it.id, it.kind, it.name, it.seq)
            }
            None => Ok(()),
        }
    }

    fn sent_job(&mut self, seq: u64) -> std::fmt::Result {
        for job in self.traced.jobs.iter().filter(|job| job.seq == seq) {
            match job.executions.as_slice() {
                [] => writeln!(self.out, "        job of {}: no execution of it is recorded yet", job.queue)?,
                runs => writeln!(self.out, "        job of {}: run by {}", job.queue, runs.join(", then "))?,
            }
        }
        Ok(())
    }

    fn end(&mut self, end: &End) -> std::fmt::Result {
        writeln!(self.out, "end       {}  [{}]", headline(&end.outcome), time::span(end.elapsed_ns))?;
        match &end.outcome {
            // The answer stands above, whole.
            Outcome::Returned(_) if self.answered => Ok(()),
            Outcome::Returned(bytes) => writeln!(self.out, "          {}", cut(&value(bytes), self.width)),
            Outcome::Failed { backtrace, .. } => stack(&mut self.out, backtrace, self.whole_stack),
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
