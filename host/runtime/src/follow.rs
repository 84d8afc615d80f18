//! Executions of a project as they end.

use flux_store::{Follower as Seen, Records, Selection, Summary};
use uuid::Uuid;

use crate::archive::matches;
use crate::error::RuntimeError;
use crate::project::Project;
use crate::record_store;

/// Shows executions as they end, each once.
#[derive(Debug)]
pub struct Follower {
    project: Project,
    records: Option<Records>,
    seen: Seen,
}

impl Follower {
    /// Begins now: what has ended is not shown.
    pub async fn begin(project: &Project) -> Result<Self, RuntimeError> {
        let (project, records) = (project.clone(), record_store::reading(project)?);
        let spool = project.data().join(flux_store::SPOOL);
        let seen = Seen::begin(&spool, records.as_ref()).await?;
        Ok(Self { project, records, seen })
    }

    /// Says that an execution, which has ended, was shown.
    pub fn skip(&mut self, id: Uuid) {
        self.seen.skip(id);
    }

    /// Those of a selection that ended since the last look.
    pub async fn look(&mut self, selection: &Selection) -> Result<Vec<Summary>, RuntimeError> {
        if self.records.is_none() {
            // A project that never ran has no store yet. When there is one, all that is in it is new.
            self.records = record_store::reading(&self.project)?;
        }
        let mut found = self.seen.look(self.records.as_ref()).await?;
        found.retain(|summary| matches(selection, summary));
        Ok(found)
    }
}
