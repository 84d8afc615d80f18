//! Why a question has no answer.

use flux_host::Hint;
use flux_recorder::FormatError;
use flux_store::StoreError;
use uuid::Uuid;

use crate::config::ConfigError;
use crate::error::RuntimeError;
use crate::operations::shell::shell_word;

/// What people can name in the place of an id.
const RECORDING: &str =
    "name a recording (*.fluj) or a folder of recordings, as flux records export writes them";

/// The variant names what was asked for in vain; the cause is the source.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// The app could not be asked.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// No execution has this id, or a part of an id.
    #[error("there is no execution '{0}'")]
    NoExecution(String),
    /// An execution whose record was deleted while somebody read it.
    #[error("execution {0} is gone")]
    Gone(Uuid),
    /// A part of an id fits several.
    #[error("'{text}' is the beginning or the end of several {what}")]
    Ambiguous {
        /// What was asked for.
        text: String,
        /// What there are several of, such as `executions`.
        what: &'static str,
        /// A line for each, the first of them.
        found: Vec<String>,
    },
    /// A question about executions names none and selects none.
    #[error("nothing is selected")]
    NothingSelected,
    /// What `--against` names is not there.
    #[error("'{name}' is no file, no guest and no build that ran here")]
    NoBuild {
        /// What was asked for.
        name: String,
        /// The guests of flux.toml and of the records.
        guests: Vec<String>,
    },
    /// `--against` names a folder.
    #[error("{0} is a folder, and a replay needs a component")]
    Folder(String),
    /// A guest has no build before the one that it has now.
    #[error("no build of '{0}' ran here before the one that it has now")]
    NoPrevious(String),
    /// A replay that did not come to its end.
    #[error("a replay broke off; this is a bug of Flux: {0}")]
    Broken(String),
    /// What is named as a recording cannot be read.
    #[error("cannot read {path}")]
    Recording {
        /// What was named.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// What is named as a recording is none, or is damaged.
    #[error("cannot read {path}")]
    NoRecording {
        /// What was named.
        path: String,
        /// Why not.
        source: FormatError,
    },
    /// A folder without recordings.
    #[error("there is no recording (*.fluj) in {0}")]
    NoRecordings(String),
    /// A file or folder that the command writes or looks through.
    #[error("cannot {step} {path}")]
    File {
        /// What was tried, such as `read`.
        step: &'static str,
        /// The file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The queue refused.
    #[error("{message}")]
    Queue {
        /// What it said.
        message: String,
        /// What to do.
        hint: String,
    },
    /// A queue has no such job.
    #[error("there is no {what} '{id}' in {queue}")]
    NoJob {
        /// `job` or `dead letter`.
        what: &'static str,
        /// The queue.
        queue: String,
        /// What was asked for.
        id: String,
    },
    /// The keys of redaction.
    #[error("{message}")]
    Keys {
        /// What is wrong, with its causes.
        message: String,
        /// What to do.
        hint: String,
    },
    /// Deletion is asked for, but neither the command nor flux.toml says what to delete.
    #[error("no retention is set, so there is nothing to delete")]
    NoRetention,
}

impl From<StoreError> for OperationError {
    fn from(error: StoreError) -> Self {
        Self::Runtime(error.into())
    }
}

impl From<ConfigError> for OperationError {
    fn from(error: ConfigError) -> Self {
        Self::Runtime(error.into())
    }
}

impl Hint for OperationError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Runtime(error) => error.code(),
            Self::NoRecording { source, .. } => RuntimeError::Recording(source.clone()).code(),
            Self::NoExecution(_) => Some("FLX0304"),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Runtime(RuntimeError::Recording(FormatError::NotAJournal))
            | Self::NoRecording { source: FormatError::NotAJournal, .. } => RECORDING.to_owned(),
            Self::NoRecording { source, .. } => return RuntimeError::Recording(source.clone()).hint(),
            Self::Runtime(error) => return error.hint(),
            Self::File { .. } | Self::Broken(_) => return None,
            Self::Recording { source, .. } => match source.kind() {
                std::io::ErrorKind::NotFound => {
                    "correct the path, or list the executions that have an id: flux tail".to_owned()
                }
                std::io::ErrorKind::PermissionDenied => {
                    "recordings are for their owner only: run the command as that user".to_owned()
                }
                _ => RECORDING.to_owned(),
            },
            Self::NoRecordings(folder) => {
                format!("export some into it: flux records export --last 20 --to {}", shell_word(folder))
            }
            Self::NoExecution(_) => "list the last ones: flux tail".to_owned(),
            Self::Gone(_) => "retention may have deleted it: see [record.retention]".to_owned(),
            Self::Ambiguous { found, .. } => format!("name one of them:\n  {}", found.join("\n  ")),
            Self::NothingSelected => "name executions, or select: flux replay --last 20".to_owned(),
            Self::NoBuild { guests, .. } if guests.is_empty() => {
                "name a component: --against new.wasm".to_owned()
            }
            Self::NoBuild { guests, .. } => format!(
                "name a component (--against new.wasm), a guest ({}), or a digest of flux guests",
                guests.join(", ")
            ),
            Self::Folder(folder) => format!(
                "name a component in it, or build the project that is there: flux build {} -o new.wasm",
                shell_word(folder)
            ),
            Self::NoPrevious(_) => "see what ran here: flux guests".to_owned(),
            Self::Queue { hint, .. } | Self::Keys { hint, .. } => hint.clone(),
            Self::NoJob { what, queue, .. } => {
                let option = if *what == "dead letter" { " --state dead" } else { "" };
                format!("see what there is: flux queue list {}{option}", shell_word(queue))
            }
            Self::NoRetention => {
                "set it here (--older-than 30days), or in [record.retention]: max-age = \"30days\"".to_owned()
            }
        })
    }
}
