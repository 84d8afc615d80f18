//! `flux queue`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Subcommand;
use flux_api::{Job, JobDetails, QueueCounts};
use flux_cap_queue::JobState;
use flux_runtime::{JobOptions, JobQuery, Operations, shell_word};
use serde_json::json;

use crate::context::Context;
use crate::errors::CliError;
use crate::printer;
use crate::printer::Page;
use crate::select::positive;
use crate::table::Column;
use crate::time;

const QUEUES: [Column; 5] = [
    Column::cut("QUEUE"),
    Column::keep("READY"),
    Column::keep("DELAYED"),
    Column::keep("RUNNING"),
    Column::keep("DEAD"),
];
const JOBS: [Column; 6] = [
    Column::id("ID"),
    Column::keep("STATE"),
    Column::drop("ATTEMPT"),
    Column::drop("SENT"),
    Column::drop("DUE"),
    Column::cut("REASON"),
];

/// Show queues and their jobs, send jobs, and run dead letters again
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux queue list\n  flux queue list receipts --state dead\n  flux queue show receipts 3f9a41c2b7d0\n  \
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
        #[arg(short = 'n', long, value_name = "N", default_value_t = 50, value_parser = positive, allow_negative_numbers = true)]
        last: u32,
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
        /// The job's id, or six or more digits of its beginning or end
        id: String,
    },
    /// Send a job, as a guest would; `flux run` finds it within 5 seconds
    Send {
        /// The queue
        queue: String,
        /// What the job's handler is given
        payload: String,
        /// When it may run, such as 10m from now
        #[arg(long, value_name = "TIME", value_parser = time::length)]
        delay: Option<Duration>,
        /// A second send with the same key adds nothing
        #[arg(long, value_name = "KEY")]
        idempotency_key: Option<String>,
        /// Tries, instead of the queue's max-attempts
        #[arg(long, value_name = "N", value_parser = positive, allow_negative_numbers = true)]
        max_attempts: Option<u32>,
    },
    /// Make a dead letter ready again, or all of them; attempts are counted anew
    Retry {
        /// The queue
        queue: String,
        /// The job's id, or six or more digits of its beginning or end
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// Every dead letter of the queue
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
    /// Remove jobs for good; running jobs are kept
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
    let operations = Operations::open(&context.project)?;
    match args.verb {
        Verb::List { queue: None, .. } => print_counts(context, &operations.queue_counts().await?)?,
        Verb::List { queue: Some(queue), state, last, after, oldest } => {
            let query =
                JobQuery { state: state.map(Into::into), newest: !oldest, after, limit: last as usize };
            print_jobs(context, &operations.jobs(&queue, &query).await?)?;
        }
        Verb::Show { queue, id } => print_job(context, &operations.job(&queue, &id).await?)?,
        Verb::Send { queue, payload, delay, idempotency_key, max_attempts } => {
            let delay_ms = delay.map(|delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
            let options = JobOptions { delay_ms, idempotency_key, max_attempts };
            let id = operations.send_job(&queue, payload.into_bytes(), options).await?;
            let queue = shell_word(&queue);
            match context.json {
                true => context.print_json(&json!({ "id": id }))?,
                false => printer::text(&format!("sent {id}\nsee it: flux queue show {queue} {id}\n"))?,
            }
        }
        Verb::Retry { queue, id, .. } => {
            let retried = operations.retry_jobs(&queue, id.as_deref()).await?;
            say(
                context,
                "retried",
                retried,
                &format!("made ready again: {} of {queue}", flux_host::count(retried, "job")),
            )?;
        }
        Verb::Purge { queue, state, yes } => {
            let state = state.map(JobState::from);
            if !yes {
                let count = operations.purgeable_jobs(&queue, state).await?;
                let message =
                    format!("{} of {queue} would be removed for good", flux_host::count(count, "job"));
                return Err(CliError::new(message, "say that it is meant: --yes").into());
            }
            let purged = operations.purge_jobs(&queue, state).await?;
            say(
                context,
                "purged",
                purged,
                &format!("removed {} from {queue}", flux_host::count(purged, "job")),
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn say(context: &Context, key: &str, count: u64, text: &str) -> std::io::Result<()> {
    match context.json {
        true => context.print_json(&json!({ key: count })),
        false => printer::text(&format!("{}\n", flux_host::printable(text))),
    }
}

fn print_counts(context: &Context, queues: &[QueueCounts]) -> std::io::Result<()> {
    if context.json {
        return context.print_json_list(queues);
    }
    let row = |it: &QueueCounts| {
        let numbers = [it.ready, it.delayed, it.running, it.dead];
        std::iter::once(it.queue.clone()).chain(numbers.map(|count| count.to_string())).collect()
    };
    printer::table(&QUEUES, &queues.iter().map(row).collect::<Vec<_>>())
}

fn print_jobs(context: &Context, jobs: &[Job]) -> std::io::Result<()> {
    if context.json {
        return context.print_json_list(jobs);
    }
    let row = |job: &Job| {
        let attempts = format!("{}/{}", job.attempt, job.max_attempts);
        let reason = job.reason.clone().unwrap_or_default();
        vec![job.id.clone(), job.state.clone(), attempts, job.sent.clone(), job.due.clone(), reason]
    };
    printer::table(&JOBS, &jobs.iter().map(row).collect::<Vec<_>>())
}

fn print_job(context: &Context, details: &JobDetails) -> anyhow::Result<()> {
    if context.json {
        return Ok(context.print_json(details)?);
    }
    let JobDetails { job, attempts, payload } = details;
    let mut page = Page::default();
    writeln!(page, "{}  {}  sent {}  due {}", job.id, job.state, job.sent, job.due)?;
    for it in attempts {
        writeln!(page, "attempt {}/{}  {}  {}", it.attempt, job.max_attempts, it.ended, it.reason)?;
    }
    let text = payload.as_str().map_or_else(|| payload.to_string(), str::to_owned);
    writeln!(page, "{}: {text}", flux_host::count(job.payload_bytes, "byte"))?;
    Ok(printer::text(&page)?)
}
