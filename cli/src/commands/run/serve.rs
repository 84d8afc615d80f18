//! From flux.toml to the last execution, as often as flux.toml changes.

use std::process::ExitCode;

use flux_server::Listeners;

use super::round::{Next, Round};
use super::serving::Serving;
use super::setup::{Mode, Prepared, Setup};
use super::signals::Signals;
use crate::build::Progress;
use crate::context::Context;
use crate::{errors, log, printer};

/// Serves until it is told to stop.
pub async fn serve(context: &Context, serving: Serving, mode: Mode) -> anyhow::Result<ExitCode> {
    let log = log::start(serving.log, serving.level());
    let setup = Setup::new(context, serving, mode);
    let project = setup.read()?;
    // Opened for good when the guests are ready. Now it shows whether they can be.
    drop(Listeners::open(&project.config).await?);
    let prepared = Prepared::of(project, &setup, &Progress::new(setup.is_for_programs()))?;
    let signals = Signals::listen()?;
    let is_over = rounds(&setup, prepared, &signals).await?;
    drop(log);
    Ok(if is_over { ExitCode::SUCCESS } else { ExitCode::from(INTERRUPTED) })
}

/// What a shell makes of SIGINT.
const INTERRUPTED: u8 = 130;

/// One round for each flux.toml. Returns whether all that ran has ended.
async fn rounds(setup: &Setup, mut prepared: Prepared, signals: &Signals) -> anyhow::Result<bool> {
    let mut listeners = Listeners::open(&prepared.project.config).await?;
    let mut before: Option<Prepared> = None;
    // What of it is new.
    let mut what = String::new();
    loop {
        let round = match Round::open(&prepared, &listeners, setup.mode).await {
            Ok(round) => round,
            Err(error) => {
                // A flux.toml that cannot be served is not the end of one that could.
                let Some(good) = before.take() else { return Err(error) };
                errors::print(&error, setup.json);
                printer::note(&format!("the new {what} is not used: the app restarts with the old version"));
                listeners = listeners.reopen(&good.project.config).await?;
                prepared = good.again(setup);
                continue;
            }
        };
        if before.is_some() {
            printer::note(&format!("restarted with the new {what}"));
        }
        round.announce(&prepared, &listeners, setup.json)?;
        match round.run(setup, prepared.sources.take(), listeners, signals).await? {
            Next::Over => return Ok(true),
            Next::Now => return Ok(false),
            Next::Restart(change, opened) => {
                what = change.what;
                before = Some(std::mem::replace(&mut prepared, change.prepared));
                listeners = opened;
            }
        }
    }
}
