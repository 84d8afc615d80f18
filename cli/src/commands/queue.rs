//! `flux queue`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Subcommand;
use flux_cap_queue::{Counts, JobDetails, JobState, JobSummary, Listing, Queues};
use flux_host::bindings::flux::host::queue::{Error, Options};
use flux_host::printable;
use flux_runtime::{Project, open_queues};
use serde_json::{Value, json};

use crate::errors::CliError;
use crate::printer::Page;
use crate::time::at_ms as at;
use crate::{Context, printer};

/// Look into queues: what waits, what failed and why; send jobs, run dead letters again
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux queue list\n  flux queue list receipts --state dead\n  flux queue show receipts 019a3c…\n  \
    flux queue send receipts '{\"order\": \"7\"}'\n  \
    flux queue retry receipts --all\n  flux queue purge receipts --state dead --yes\n\
    The runs of [cron.nightly] are in the queue cron.nightly."
)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// All queues with their counts, or the jobs of one
    List {
        /// The queue
        queue: Option<String>,
        /// Jobs in this state only
        #[arg(long, value_enum)]
        state: Option<State>,
        /// How many
        #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
        last: usize,
        /// Go on after this id
        #[arg(long, value_name = "ID")]
        after: Option<String>,
        /// The oldest first
        #[arg(long)]
        oldest: bool,
    },
    /// One job: its payload and why its attempts failed
    Show {
        /// The queue
        queue: String,
        /// The job's id
        id: String,
    },
    /// Send a job, as a guest would; `flux run` finds it within 5 seconds
    Send {
        /// The queue
        queue: String,
        /// What the job's handler is given
        payload: String,
        /// When it may run, such as 10m from now
        #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
        delay: Option<Duration>,
        /// A second send with the same key adds nothing
        #[arg(long, value_name = "KEY")]
        idempotency_key: Option<String>,
        /// Tries, instead of the queue's max-attempts
        #[arg(long, value_name = "N")]
        max_attempts: Option<u32>,
    },
    /// Make a dead letter ready again, or all of them; its attempts begin again
    Retry {
        /// The queue
        queue: String,
        /// The job's id
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// Every dead letter of the queue
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
    /// Remove jobs for good; what runs is left alone
    Purge {
        /// The queue
        queue: String,
        /// Jobs in this state only
        #[arg(long, value_enum)]
        state: Option<State>,
        /// Do it; without this, it is only said how many there are
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum State {
    Ready,
    Delayed,
    Running,
    Dead,
}

impl From<State> for JobState {
    fn from(state: State) -> Self {
        match state {
            State::Ready => Self::Ready,
            State::Delayed => Self::Delayed,
            State::Running => Self::Running,
            State::Dead => Self::Dead,
        }
    }
}

pub async fn run(context: &Context, args: Args) -> anyhow::Result<ExitCode> {
    let project = Project::read(&context.project)?;
    let queues = open_queues(&project).await?;
    match args.verb {
        Verb::List { queue: None, .. } => counts(context, &queues).await?,
        Verb::List { queue: Some(queue), state, last, after, oldest } => {
            let listing = Listing { state: state.map(Into::into), newest: !oldest, after, limit: last };
            let jobs = queues.list(&queue, &listing).await.map_err(failed)?;
            print_jobs(context, &jobs)?;
        }
        Verb::Show { queue, id } => show(context, &queues, &queue, &id).await?,
        Verb::Send { queue, payload, delay, idempotency_key, max_attempts } => {
            let delay_ms = delay.map(|delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
            let options = Options { delay_ms, idempotency_key, max_attempts };
            let id = queues.enqueue(&queue, payload.into_bytes(), options).await.map_err(failed)?;
            match context.json {
                true => printer::json(&json!({ "id": id }))?,
                false => printer::text(&format!("sent {id}\nsee it: flux queue show {queue} {id}\n"))?,
            }
        }
        Verb::Retry { queue, id, .. } => {
            let retried = queues.retry(&queue, id.as_deref()).await.map_err(failed)?;
            if let (0, Some(id)) = (retried, &id) {
                return Err(no_job("dead letter", &queue, id, "--state dead").into());
            }
            say(context, "retried", retried, &format!("{retried} of {queue} run again"))?;
        }
        Verb::Purge { queue, state, yes } => purge(context, &queues, &queue, state, yes).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn failed(error: Error) -> CliError {
    match error {
        // What a guest is told has its hint in the text.
        Error::Denied(why) => match printable(&why).split_once("; hint: ") {
            Some((what, hint)) => {
                CliError::new(what, format!("{hint}; or see what there is: flux queue list"))
            }
            None => CliError::new(why.clone(), "see the queues that there are: flux queue list"),
        },
        Error::TooLarge => CliError::new("it is over its limit", "send less"),
        Error::Unavailable(why) => {
            CliError::new(why, "see whether its server runs, and what [queues] says of it")
        }
    }
}

fn no_job(what: &str, queue: &str, id: &str, option: &str) -> CliError {
    let hint = format!("see what there is: flux queue list {} {option}", printable(queue));
    CliError::new(format!("there is no {what} '{id}' in {queue}"), hint.trim_end())
}

fn say(context: &Context, key: &str, count: u64, text: &str) -> std::io::Result<()> {
    match context.json {
        true => printer::json(&json!({ key: count })),
        false => printer::text(&format!("{text}\n")),
    }
}

async fn counts(context: &Context, queues: &Queues) -> anyhow::Result<()> {
    let mut labels: Vec<_> = queues.labels().collect();
    labels.sort_unstable();
    let mut all = Vec::new();
    for label in labels {
        all.push((label, queues.counts(label).await.map_err(failed)?));
    }
    if context.json {
        let item = |(label, counts): &(&str, Counts)| {
            let mut item = json!(counts);
            item["queue"] = json!(label);
            item
        };
        return Ok(printer::json(&all.iter().map(item).collect())?);
    }
    let row = |(label, counts): &(&str, Counts)| {
        let numbers = [counts.ready, counts.delayed, counts.running, counts.dead];
        std::iter::once((*label).to_owned()).chain(numbers.map(|it| it.to_string())).collect()
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    Ok(printer::table(&["QUEUE", "READY", "DELAYED", "RUNNING", "DEAD"], &rows)?)
}

fn state(state: JobState) -> String {
    json!(state).as_str().unwrap_or_default().to_owned()
}

fn as_value(job: &JobSummary) -> Value {
    json!({
        "id": job.id, "state": job.state, "attempt": job.attempt, "maxAttempts": job.max_attempts,
        "sent": at(job.sent_ms), "due": at(job.due_ms), "reason": job.reason,
        "idempotencyKey": job.idempotency_key, "payloadBytes": job.payload_bytes,
    })
}

fn print_jobs(context: &Context, jobs: &[JobSummary]) -> std::io::Result<()> {
    if context.json {
        return printer::json(&jobs.iter().map(as_value).collect());
    }
    let row = |job: &JobSummary| {
        let attempts = format!("{}/{}", job.attempt, job.max_attempts);
        let reason = job.reason.clone().unwrap_or_default();
        vec![job.id.clone(), state(job.state), attempts, at(job.sent_ms), at(job.due_ms), reason]
    };
    let rows: Vec<_> = jobs.iter().map(row).collect();
    printer::table(&["ID", "STATE", "ATTEMPT", "SENT", "DUE", "REASON"], &rows)
}

async fn show(context: &Context, queues: &Queues, queue: &str, id: &str) -> anyhow::Result<()> {
    let job = queues.show(queue, id).await.map_err(failed)?;
    let JobDetails { summary, payload, attempts } = job.ok_or_else(|| no_job("job", queue, id, ""))?;
    let text = String::from_utf8_lossy(&payload).into_owned();
    if context.json {
        let mut value = as_value(&summary);
        let failed = |it: &flux_cap_queue::FailedAttempt| json!({ "attempt": it.attempt, "ended": at(it.ended_ms), "reason": it.reason });
        value["attempts"] = attempts.iter().map(failed).collect();
        value["payload"] = json!(text);
        return Ok(printer::json(&value)?);
    }
    let mut page = Page::default();
    let (id, sent, due) = (&summary.id, at(summary.sent_ms), at(summary.due_ms));
    writeln!(page, "{id}  {}  sent {sent}  due {due}", state(summary.state))?;
    for it in &attempts {
        let (ended, of) = (at(it.ended_ms), summary.max_attempts);
        writeln!(page, "attempt {}/{of}  {ended}  {}", it.attempt, it.reason)?;
    }
    writeln!(page, "{} bytes: {text}", payload.len())?;
    Ok(printer::text(&page)?)
}

async fn purge(
    context: &Context,
    queues: &Queues,
    queue: &str,
    state: Option<State>,
    yes: bool,
) -> anyhow::Result<()> {
    if yes {
        let purged = queues.purge(queue, state.map(Into::into)).await.map_err(failed)?;
        return Ok(say(context, "purged", purged, &format!("{purged} of {queue} are gone"))?);
    }
    let counts = queues.counts(queue).await.map_err(failed)?;
    let count = match state {
        Some(State::Ready) => counts.ready,
        Some(State::Delayed) => counts.delayed,
        Some(State::Running) => 0,
        Some(State::Dead) => counts.dead,
        None => counts.waiting() + counts.dead,
    };
    let message = format!("{count} jobs of {queue} would be gone for good");
    Err(CliError::new(message, "say that it is meant: --yes").into())
}
