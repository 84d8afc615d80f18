//! A ready app: everything flux.toml names, open and linked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use flux_cap_queue::Queues;
use flux_host::regular::{self, MAX_COMPONENT};
use flux_host::{Capabilities, Ended, Environment, Execution, Guest, Input, Limits, Running};
use flux_recorder::{Begin, Session};
use flux_redaction::Redaction;
use flux_store::{SpoolStats, Store};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::admission::Admission;
use crate::engines::Engines;
use crate::error::RuntimeError;
use crate::execution_log;
use crate::project::Project;
use crate::readiness::{Problem, Readiness, blocking};
use crate::record::{NotRun, Record};
use crate::{open, record_store, redacting};

/// Guests by the name that flux.toml gives them.
pub type Guests = BTreeMap<String, Arc<dyn Guest>>;

/// See the [module](self).
pub struct App {
    project: Project,
    engines: Engines,
    environment: Arc<dyn Environment>,
    capabilities: Arc<Capabilities>,
    // None: what recording is measured against. `flux run` records always.
    store: Option<Store>,
    redaction: Arc<Redaction>,
    limits: Limits,
    guests: ArcSwap<Guests>,
    // What runs on after its answer.
    tails: TaskTracker,
    admission: Admission,
    readiness: Readiness,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("name", &self.project.config.app.name).finish_non_exhaustive()
    }
}

/// An execution that ended, and whose record is safe.
#[derive(Debug)]
pub struct Finished {
    /// Its id.
    pub id: Uuid,
    /// How it ended.
    pub ended: Ended,
}

impl App {
    /// Opens everything. Guests are loaded by [`App::load_guests`].
    pub async fn open(
        project: Project,
        environment: Arc<dyn Environment>,
        record: bool,
    ) -> Result<Self, RuntimeError> {
        // Before anything else is made: a second process on the same data folder stops here.
        let store =
            Store::open(&project.data(), record_store::store_options(&project, &environment)?).await?;
        match Self::without_store(project, environment).await {
            Ok(app) => Ok(Self { store: record.then_some(store), ..app }),
            Err(error) => {
                // Whoever tries again in this process finds the data folder free.
                if let Err(error) = store.close().await {
                    tracing::warn!("the record store was not closed: {error}");
                }
                Err(error)
            }
        }
    }

    async fn without_store(
        project: Project,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, RuntimeError> {
        let declarations = project.catalog.declarations()?;
        let redaction = Arc::new(redacting::open(&project, &declarations, &*environment)?);
        redaction.watch();
        let capabilities = open::open(&project, &environment).await?;
        let limits = project.config.limits.limits();
        let instances = project.config.limits.concurrency.max(1);
        let engines = Engines::of(&project, &declarations)?;
        let patience = Duration::from_millis(project.config.http.wait_ms);
        Ok(Self {
            limits,
            project,
            engines,
            environment,
            capabilities: Arc::new(capabilities),
            store: None,
            redaction,
            guests: ArcSwap::default(),
            tails: TaskTracker::new(),
            admission: Admission::new(instances, patience),
            readiness: Readiness::default(),
        })
    }

    /// Loads all guests and puts them in the place of those before, at once. What runs goes on with
    /// the guest it began with.
    pub async fn load_guests(&self) -> Result<(), RuntimeError> {
        let mut guests = Guests::new();
        for (name, config) in &self.project.config.guests {
            let path = self.project.component(name, config);
            let bytes = read_component(name, &path)?;
            let guest = self
                .engines
                .load_with(&bytes, &config.env)
                .map_err(|source| RuntimeError::Load { path, source })?;
            if let Some(store) = &self.store {
                store.keep_guest(name, &bytes, self.environment.now_ns())?;
            }
            guests.insert(name.clone(), guest);
        }
        self.guests.store(Arc::new(guests));
        Ok(())
    }

    /// The guests as they are now.
    pub fn guests(&self) -> Arc<Guests> {
        self.guests.load_full()
    }

    /// A guest as it is now.
    pub fn guest(&self, name: &str) -> Option<Arc<dyn Guest>> {
        self.guests.load().get(name).cloned()
    }

    /// What flux.toml says.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Time, randomness, ids.
    pub fn environment(&self) -> &Arc<dyn Environment> {
        &self.environment
    }

    /// The capabilities.
    pub fn capabilities(&self) -> &Arc<Capabilities> {
        &self.capabilities
    }

    /// Runs one execution until its answer is there. When this returns, the record of it is as safe as
    /// flux.toml asks, and the caller may answer. A guest that goes on after its answer does so on a task of
    /// its own. `name` is the route or the queue.
    pub async fn execute(&self, guest: Arc<dyn Guest>, name: &str, input: Input) -> Result<Finished, NotRun> {
        let place = self.admission.enter(&input).await?;
        let id = self.environment.id();
        let (session, record) = self.begin(id, &*guest, name, &input)?;
        let mut execution = self.execution(session);
        let (mut answer, began_ns) = (execution.listen(), self.environment.monotonic_ns());
        let mut running: Running<'static> = Box::pin(async move {
            // Held to the end of its tail: an engine has room for whoever has a place.
            let _place = place;
            guest.call(input, execution).await
        });
        tokio::select! {
            // An execution that is over has no tail.
            biased;
            ended = &mut running => {
                let answered = answer.try_recv().ok();
                record.ended(&ended, answered.is_some()).await?;
                Ok(Finished { id, ended: Ended { output: ended.output.or(answered), ..ended } })
            }
            Ok(output) = &mut answer => {
                record.durable().await?;
                self.tails.spawn(record.tail(running));
                let elapsed_ns = self.environment.monotonic_ns().saturating_sub(began_ns);
                Ok(Finished { id, ended: Ended::answered(output, elapsed_ns) })
            }
        }
    }

    /// How many executions run on after their answer.
    pub fn tail_count(&self) -> usize {
        self.tails.len()
    }

    /// What runs on after its answer, until all of it is over.
    pub async fn tails(&self) {
        self.tails.close();
        self.tails.wait().await;
    }

    fn begin(
        &self,
        id: Uuid,
        guest: &dyn Guest,
        name: &str,
        input: &Input,
    ) -> Result<(Session, Record), NotRun> {
        let mut seed = [0; 32];
        self.environment.fill(&mut seed);
        let durability = self.project.config.record.durability;
        let record = |handle| Record { id, name: name.to_owned(), handle, durability };
        let Some(store) = &self.store else {
            return Ok((Session::live(seed), record(None)));
        };
        let begin = Begin {
            id,
            parent: None,
            guest: guest.digest(),
            engine: guest.engine().to_owned(),
            seed,
            started_ns: self.environment.now_ns(),
            trigger: input.trigger(name),
        };
        let (journal, handle) = store.execution(id);
        let journal = execution_log::beside(journal, id, name);
        let (redact, key) = self.redaction.at(begin.started_ns);
        let session = Session::record(begin, journal, redact).and_then(|mut session| {
            session.mark(flux_redaction::KEY, &key)?;
            Ok(session)
        });
        let session = session.map_err(|stop| NotRun::NotRecorded(stop.to_string()))?;
        Ok((session, record(Some(handle))))
    }

    fn execution(&self, session: Session) -> Execution {
        Execution::new(session, self.environment.clone(), self.capabilities.clone(), self.limits)
    }

    /// The spool as it is.
    pub fn spool(&self) -> Option<SpoolStats> {
        self.store.as_ref().map(|store| store.spool().stats())
    }

    /// What does not work now, tried anew: whether guests are loaded, their executions can be recorded, and jobs can
    /// be sent.
    pub async fn problems(&self) -> Vec<Problem> {
        let queues = self.capabilities.get::<Queues>();
        let now_ns = self.environment.monotonic_ns();
        let mut problems = self.readiness.problems(self.store.as_ref(), queues.as_deref(), now_ns).await;
        if self.guests.load().is_empty() {
            problems.push(blocking("guests", "none is loaded"));
        }
        problems
    }

    /// Ships what waits and closes the store.
    pub async fn close(self) -> Result<(), RuntimeError> {
        match self.store {
            Some(store) => Ok(store.close().await?),
            None => Ok(()),
        }
    }
}

fn read_component(name: &str, path: &std::path::Path) -> Result<Vec<u8>, RuntimeError> {
    regular::read(path, MAX_COMPONENT).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => {
            RuntimeError::NotBuilt { name: name.to_owned(), path: path.to_owned() }
        }
        _ => RuntimeError::File { path: path.to_owned(), source },
    })
}
