//! Queues, and the hidden queues of schedules.

use std::collections::HashMap;
use std::sync::Arc;

use flux_cap_queue::{Backend, Nats, NatsOptions, PostgresOptions, QueueConfig, Queues, Sql};
use flux_host::{Environment, System};

use super::{database_file, failed, keep, make_folder, url};
use crate::config::{Address, Project, cron_queue};
use crate::error::RuntimeError;

/// The queues of a project, for looking into them beside a `flux run`.
pub async fn open_queues(project: &Project) -> Result<Queues, RuntimeError> {
    make_folder(project)?;
    open(project, Arc::new(System::new())).await
}

pub(super) async fn open(
    project: &Project,
    environment: Arc<dyn Environment>,
) -> Result<Queues, RuntimeError> {
    let mut opener = Opener { project, opened: HashMap::new() };
    let mut queues = HashMap::new();
    for (label, config) in &project.config.queues {
        let what = format!("[queues.{label}]");
        let place =
            Place { sqlite: &config.sqlite, postgres: config.postgres.as_ref(), nats: config.nats.as_ref() };
        let backend = opener.open(&what, place).await?;
        let (max_attempts, max_waiting) = (config.max_attempts, config.max_waiting);
        queues.insert(label.clone(), QueueConfig { backend, max_attempts, max_waiting, hidden: false });
    }
    for (name, config) in &project.config.cron {
        let place = Place { sqlite: &config.sqlite, postgres: config.postgres.as_ref(), nats: None };
        let backend = opener.open(&format!("[cron.{name}]"), place).await?;
        let max_attempts = config.max_attempts;
        let queue = QueueConfig { backend, max_attempts, max_waiting: None, hidden: true };
        queues.insert(cron_queue(name), queue);
    }
    Ok(Queues::new(queues, environment))
}

/// Where flux.toml says that jobs are.
#[derive(Clone, Copy)]
struct Place<'a> {
    sqlite: &'a str,
    postgres: Option<&'a Address>,
    nats: Option<&'a Address>,
}

struct Opener<'a> {
    project: &'a Project,
    opened: HashMap<String, Arc<dyn Backend>>,
}

impl Opener<'_> {
    async fn open(&mut self, what: &str, place: Place<'_>) -> Result<Arc<dyn Backend>, RuntimeError> {
        let key = match place.postgres.or(place.nats) {
            Some(address) => url(self.project, what, address)?,
            None => place.sqlite.to_owned(),
        };
        if let Some(backend) = self.opened.get(&key) {
            return Ok(backend.clone());
        }
        let backend: Arc<dyn Backend> = if place.postgres.is_some() {
            Arc::new(Sql::postgres(&key, PostgresOptions::default()).await.map_err(failed(what))?)
        } else if place.nats.is_some() {
            let options = NatsOptions { prefix: self.prefix(), ..NatsOptions::default() };
            Arc::new(Nats::open(&key, options).await.map_err(failed(what))?)
        } else {
            Arc::new(Sql::sqlite(&database_file(self.project, &key)).await.map_err(failed(what))?)
        };
        Ok(keep(&mut self.opened, &key, backend))
    }

    /// Apps that share a NATS server differ in their name.
    fn prefix(&self) -> String {
        let name = &self.project.config.app.name;
        let fits = |it: char| if it.is_ascii_alphanumeric() { it } else { '-' };
        format!("flux-{}", name.chars().map(fits).collect::<String>())
    }
}
