//! One execution, event by event.

use std::path::PathBuf;

use flux_api::{Event as Told, Sender, SentJob, Trace};
use flux_recorder::format::Frames;
use flux_recorder::{Event, Outcome};
use flux_replay::headline;

use super::{OperationError, Operations, at, recordings, values};
use crate::error::RuntimeError;

/// An execution that was looked at.
#[derive(Debug)]
pub struct Traced {
    /// Its journal, a file of the recorder's format.
    pub journal: Vec<u8>,
    /// The execution that sent the job that it ran.
    pub sent_by: Option<Sender>,
    /// The jobs that it sent.
    pub jobs: Vec<SentJob>,
}

impl Operations {
    /// The execution that a part of an id names.
    pub async fn trace(&self, id: &str) -> Result<Traced, OperationError> {
        let (_, journal) = self.journal(id).await?;
        let sent_by = self.sender(&journal).await?;
        let jobs = self.sent_jobs(&journal).await?;
        Ok(Traced { journal, sent_by, jobs })
    }
}

impl Traced {
    /// The executions of recordings that are files, for which no project is needed; none: the text is an id. What they
    /// have to do with others is not looked for.
    pub fn of_files(named: &str) -> Result<Option<Vec<Self>>, OperationError> {
        let of_file = |file: PathBuf| {
            let journal = recordings::read(&file)?;
            let is_whole = Frames::of(&journal).and_then(|mut events| events.try_for_each(|it| it.map(drop)));
            let path = file.display().to_string();
            is_whole.map_err(|source| OperationError::NoRecording { path, source })?;
            Ok(Self { journal, sent_by: None, jobs: Vec::new() })
        };
        let files = recordings::named(named)?;
        files.map(|files| files.into_iter().map(of_file).collect()).transpose()
    }

    /// As `flux-api` has it.
    pub fn to_api(&self) -> Result<Trace, OperationError> {
        let events = events(&self.journal)?.iter().map(told).collect();
        Ok(Trace { events, sent_by: self.sent_by.clone(), jobs: self.jobs.clone() })
    }
}

/// The events of a journal. The end of an execution that had answered before says nothing of its result: the answer
/// is put in.
pub fn events(journal: &[u8]) -> Result<Vec<Event<'_>>, OperationError> {
    let (mut events, mut answer) = (Vec::new(), None);
    for event in Frames::of(journal).map_err(RuntimeError::from)? {
        let mut event = event.map_err(RuntimeError::from)?;
        match (&mut event, answer) {
            (Event::Answer { value }, _) => answer = Some(*value),
            (Event::End(end), Some(answer)) => end.outcome = Outcome::Returned(answer.to_vec()),
            _ => {}
        }
        events.push(event);
    }
    Ok(events)
}

fn told(event: &Event<'_>) -> Told {
    match event {
        Event::Begin(begin) => Told::Begin {
            id: begin.id.to_string(),
            parent: begin.parent.map(|parent| parent.to_string()),
            guest: begin.guest.to_string(),
            engine: begin.engine.clone(),
            started: at(begin.started_ns),
            kind: begin.trigger.kind.clone(),
            name: begin.trigger.name.clone(),
            input: values::of_canonical(&begin.trigger.input),
        },
        Event::Call { seq, function, args } => {
            Told::Call { seq: *seq, function: (*function).to_owned(), args: values::arguments(args) }
        }
        Event::Return { seq, elapsed_ns, result } => {
            Told::Return { seq: *seq, elapsed_ns: *elapsed_ns, result: values::of_canonical(result) }
        }
        Event::Ambient { stream, value } => {
            Told::Ambient { stream: (*stream).to_owned(), value: values::of_canonical(value) }
        }
        Event::Output(output) => Told::Output {
            level: output.level.clone(),
            message: output.message.clone(),
            fields: output.fields.clone(),
        },
        Event::Mark { name, value } => Told::Mark { name: (*name).to_owned(), value: (*value).to_owned() },
        Event::Answer { value } => Told::Answer { result: values::of_canonical(value) },
        Event::End(end) => {
            let (result, backtrace) = match &end.outcome {
                Outcome::Returned(bytes) => (Some(values::of_canonical(bytes)), None),
                Outcome::Failed { backtrace, .. } => (None, Some(backtrace.clone())),
            };
            let (elapsed_ns, peak_memory) = (end.elapsed_ns, end.peak_memory);
            Told::End { outcome: headline(&end.outcome), result, backtrace, elapsed_ns, peak_memory }
        }
    }
}
