//! `[queues.<name>]` and `[cron.<name>]` of flux.toml. A schedule's runs are jobs of a queue that no guest sees.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use flux_host::section::{
    Address, Backend as KeptIn, BackendPlace, Checking, Findings, OpenError, Opening, Section, Trigger,
    UrlKind,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schedule::{self, Schedule};
use crate::{Backend, MAX_ATTEMPTS, Nats, NatsOptions, PostgresOptions, QueueConfig, Queues, Sql};

/// The SQLite file in the data folder, where nothing else is named.
const FILE: &str = "queue.db";

const NATS: UrlKind = UrlKind {
    service: "a NATS server",
    schemes: &["nats", "tls", "ws", "wss"],
    bare: true,
    example: "nats://127.0.0.1:4222",
    parse: Nats::check_url,
};

/// See the [module](self).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct QueueSection {
    /// Queues, by name.
    #[serde(default)]
    pub queues: BTreeMap<String, QueueTable>,
    /// Schedules, by name.
    #[serde(default)]
    pub cron: BTreeMap<String, CronTable>,
}

/// A queue. Its jobs are in SQLite, unless `postgres` or `nats` is set.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct QueueTable {
    /// The guest whose job-handler runs the jobs.
    #[schemars(example = &"orders")]
    pub guest: String,
    /// Tries before a job becomes a dead letter, from 1 to 1000.
    #[serde(default = "max_attempts")]
    pub max_attempts: u32,
    /// Jobs at once, on this node.
    #[serde(default = "concurrency")]
    pub concurrency: usize,
    /// The most jobs that wait; a send beyond it is refused. Without it there is no bound.
    #[serde(default)]
    #[schemars(example = 10000)]
    pub max_waiting: Option<u64>,
    /// The SQLite file in `data/` of the data folder; queue.db where nothing is named. The file of a database in [db]: jobs
    /// sent in a transaction commit with it.
    #[serde(default)]
    #[schemars(example = &"queue.db")]
    pub sqlite: Option<String>,
    /// The URL of a PostgreSQL database. That of a database in [db]: jobs sent in a transaction commit
    /// with it.
    #[serde(default)]
    #[schemars(example = &"postgres://user:password@127.0.0.1:5432/orders")]
    pub postgres: Option<Address>,
    /// The URL of a NATS server with JetStream.
    #[serde(default)]
    #[schemars(example = &"nats://127.0.0.1:4222")]
    pub nats: Option<Address>,
}

/// A schedule: its runs are jobs of the guest's job-handler.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CronTable {
    /// The guest whose job-handler runs.
    #[schemars(example = &"orders")]
    pub guest: String,
    /// Minute, hour, day, month, weekday, such as `0 3 * * *`; with a sixth field before them, seconds.
    #[schemars(example = &"0 3 * * *")]
    pub schedule: String,
    /// The time zone in which it is read, by its IANA name, such as `Europe/Berlin`; UTC where none is named.
    #[serde(default)]
    #[schemars(example = &"Europe/Berlin")]
    pub timezone: Option<String>,
    /// What happens to runs that were missed while no node ran.
    #[serde(default)]
    pub missed: Missed,
    /// The job's payload.
    #[serde(default)]
    #[schemars(example = &"{\"kind\": \"report\"}")]
    pub payload: String,
    /// Tries of one run, from 1 to 1000.
    #[serde(default = "max_attempts")]
    pub max_attempts: u32,
    /// The SQLite file in `data/` of the data folder; queue.db where nothing is named.
    #[serde(default)]
    #[schemars(example = &"queue.db")]
    pub sqlite: Option<String>,
    /// The URL of a PostgreSQL database: however many nodes share it, a run happens once.
    #[serde(default)]
    #[schemars(example = &"postgres://user:password@127.0.0.1:5432/orders")]
    pub postgres: Option<Address>,
}

/// What happens to runs that were missed while no node ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Missed {
    /// They are left out.
    #[default]
    Skip,
    /// The latest of them runs at the start.
    RunOnce,
}

/// The hidden queue of a schedule.
pub fn cron_queue(name: &str) -> String {
    format!("cron.{name}")
}

fn max_attempts() -> u32 {
    5
}

fn concurrency() -> usize {
    4
}

impl QueueSection {
    /// The queues, opened.
    pub async fn queues(&self, opening: &Opening<'_>) -> Result<Queues, OpenError> {
        let mut opened = Opened::default();
        let mut queues = HashMap::new();
        for (name, table) in &self.queues {
            let backend = opened.backend(&format!("[queues.{name}]"), table.location(), opening).await?;
            let (max_attempts, max_waiting) = (table.max_attempts, table.max_waiting);
            queues.insert(name.clone(), QueueConfig { backend, max_attempts, max_waiting, hidden: false });
        }
        for (name, table) in &self.cron {
            let backend = opened.backend(&format!("[cron.{name}]"), table.location(), opening).await?;
            let max_attempts = table.max_attempts;
            let queue = QueueConfig { backend, max_attempts, max_waiting: None, hidden: true };
            queues.insert(cron_queue(name), queue);
        }
        Ok(Queues::new(queues, opening.environment.clone()))
    }
}

impl Section for QueueSection {
    fn open<'a>(&'a self, opening: &'a mut Opening<'_>) -> BoxFuture<'a, Result<(), OpenError>> {
        let open = async {
            let queues = self.queues(opening).await?;
            opening.capabilities.add(queues);
            Ok(())
        };
        open.boxed()
    }

    fn check(&self, project: &Checking<'_>, findings: &mut Findings<'_>) {
        findings.labels("queues");
        findings.labels("cron");
        for (name, table) in &self.queues {
            table.location().check(&["queues", name], project, findings);
            check_attempts(&["queues", name, "max-attempts"], table.max_attempts, findings);
            let concurrency = table.concurrency as u64;
            findings.not_zero(&["queues", name, "concurrency"], concurrency, "no job would ever run");
            let max_waiting = table.max_waiting.unwrap_or(u64::MAX);
            findings.not_zero(&["queues", name, "max-waiting"], max_waiting, "every send would be refused");
        }
        for (name, table) in &self.cron {
            table.location().check(&["cron", name], project, findings);
            check_attempts(&["cron", name, "max-attempts"], table.max_attempts, findings);
            table.check_schedule(name, findings);
        }
    }

    fn triggers(&self) -> Vec<Trigger> {
        let trigger = |kind, table: &str, (name, guest): (&String, &String)| Trigger {
            kind,
            name: name.clone(),
            guest: guest.clone(),
            place: vec![table.to_owned(), name.clone(), "guest".to_owned()],
        };
        let queues = self.queues.iter().map(|(name, table)| trigger("job", "queues", (name, &table.guest)));
        let runs = self.cron.iter().map(|(name, table)| trigger("cron", "cron", (name, &table.guest)));
        queues.chain(runs).collect()
    }

    fn backends(&self) -> Vec<KeptIn> {
        let kept = |table: String, location: Location<'_>| {
            let sqlite = || BackendPlace::Sqlite(location.sqlite.unwrap_or(FILE).to_owned());
            let nats = location.nats.cloned().map(BackendPlace::Nats);
            let place = location.postgres.cloned().map(BackendPlace::Postgres).or(nats);
            KeptIn { synced: true, ..KeptIn::new(table, place.unwrap_or_else(sqlite)) }
        };
        let queues =
            self.queues.iter().map(|(name, table)| kept(format!("[queues.{name}]"), table.location()));
        let crons = self.cron.iter().map(|(name, table)| kept(format!("[cron.{name}]"), table.location()));
        queues.chain(crons).collect()
    }
}

fn check_attempts(path: &[&str], attempts: u32, findings: &mut Findings<'_>) {
    if !(1..=MAX_ATTEMPTS).contains(&attempts) {
        let message = format!("'max-attempts' is {attempts}, which is outside its range");
        findings.add(path, message, format!("write a number from 1 to {MAX_ATTEMPTS}"));
    }
}

impl QueueTable {
    fn location(&self) -> Location<'_> {
        Location {
            sqlite: self.sqlite.as_deref(),
            postgres: self.postgres.as_ref(),
            nats: self.nats.as_ref(),
        }
    }
}

impl CronTable {
    fn location(&self) -> Location<'_> {
        Location { sqlite: self.sqlite.as_deref(), postgres: self.postgres.as_ref(), nats: None }
    }

    fn check_schedule(&self, name: &str, findings: &mut Findings<'_>) {
        let usual = "write minute hour day month weekday: '0 3 * * *' is every day at three";
        findings.parsed(&["cron", name, "schedule"], Schedule::new(&self.schedule, None), usual);
        if let Some(zone) = &self.timezone {
            findings.parsed(
                &["cron", name, "timezone"],
                schedule::zone(zone),
                "write one such as Europe/Berlin",
            );
        }
    }
}

/// Where flux.toml says that jobs are.
#[derive(Clone, Copy)]
struct Location<'a> {
    sqlite: Option<&'a str>,
    postgres: Option<&'a Address>,
    nats: Option<&'a Address>,
}

impl Location<'_> {
    fn check(self, table: &[&str], project: &Checking<'_>, findings: &mut Findings<'_>) {
        let path = |key| [table, &[key]].concat();
        let named = [
            ("sqlite", self.sqlite.is_some()),
            ("postgres", self.postgres.is_some()),
            ("nats", self.nats.is_some()),
        ];
        findings.at_most_one_of(table, &named);
        if let Some(file) = self.sqlite {
            findings.sqlite(&path("sqlite"), file, FILE, project);
        }
        if let Some(address) = self.postgres {
            findings.address(
                &path("postgres"),
                address,
                project,
                &UrlKind::postgres(flux_sql::Address::check),
            );
        }
        if let Some(address) = self.nats {
            findings.address(&path("nats"), address, project, &NATS);
        }
    }
}

/// The back ends that are open, by file or URL.
#[derive(Default)]
struct Opened(HashMap<String, Arc<dyn Backend>>);

impl Opened {
    async fn backend(
        &mut self,
        what: &str,
        location: Location<'_>,
        opening: &Opening<'_>,
    ) -> Result<Arc<dyn Backend>, OpenError> {
        let key = match location.postgres.or(location.nats) {
            Some(address) => opening.url(what, address)?,
            None => location.sqlite.unwrap_or(FILE).to_owned(),
        };
        if let Some(backend) = self.0.get(&key) {
            return Ok(backend.clone());
        }
        let failed = OpenError::hinting(what);
        let backend: Arc<dyn Backend> = if location.postgres.is_some() {
            Arc::new(Sql::postgres(&key, PostgresOptions::default()).await.map_err(failed)?)
        } else if location.nats.is_some() {
            let options = NatsOptions { prefix: prefix(&opening.app.name), ..NatsOptions::default() };
            Arc::new(Nats::open(&key, options).await.map_err(failed)?)
        } else {
            Arc::new(Sql::sqlite(&opening.database(&key)).await.map_err(failed)?)
        };
        self.0.insert(key, backend.clone());
        Ok(backend)
    }
}

/// Apps that share a NATS server differ in their name.
fn prefix(app: &str) -> String {
    let fits = |it: char| if it.is_ascii_alphanumeric() { it } else { '-' };
    format!("flux-{}", app.chars().map(fits).collect::<String>())
}
