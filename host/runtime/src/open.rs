//! The back ends that flux.toml names, opened.

use std::sync::Arc;

use flux_cap_queue::{QueueSection, Queues};
use flux_host::section::Opening;
use flux_host::{Capabilities, Environment, Secrets, System};
use flux_store::private;

use crate::error::RuntimeError;
use crate::project::Project;
use crate::secrets;

/// Opens the back ends of every capability of a project.
pub(crate) async fn open(
    project: &Project,
    environment: &Arc<dyn Environment>,
) -> Result<Capabilities, RuntimeError> {
    let secrets = secrets::read(project)?;
    let mut opening = opening(project, environment.clone(), secrets)?;
    for section in project.config.sections.iter() {
        section.open(&mut opening).await?;
    }
    Ok(opening.capabilities)
}

/// Runs the migrations that a project names, beside an app that serves. What fails leaves that app as it is.
pub async fn migrate(project: &Project) -> Result<(), RuntimeError> {
    let opening = opening(project, Arc::new(System::new()), Secrets::default())?;
    for section in project.config.sections.iter() {
        section.migrate(&opening).await?;
    }
    Ok(())
}

/// The queues of a project, for looking into them beside a `flux run`.
pub async fn open_queues(project: &Project) -> Result<Queues, RuntimeError> {
    let opening = opening(project, Arc::new(System::new()), Secrets::default())?;
    let section = project.config.section::<QueueSection>().cloned().unwrap_or_default();
    Ok(section.queues(&opening).await?)
}

/// With the folder of the SQLite files.
fn opening(
    project: &Project,
    environment: Arc<dyn Environment>,
    secrets: Secrets,
) -> Result<Opening<'_>, RuntimeError> {
    private::create_and_tighten(&project.data())?;
    private::create_folder(&project.databases())?;
    Ok(Opening {
        app: &project.config.app,
        folder: &project.folder,
        environment,
        secrets: Arc::new(secrets),
        capabilities: Capabilities::default(),
    })
}
