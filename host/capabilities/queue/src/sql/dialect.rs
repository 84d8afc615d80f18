//! What the databases spell differently.

/// Whose time the nodes go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The server's, which is the same for all.
    Server,
    /// That of whoever asks, for tests whose time stands still.
    Caller,
}

/// Names and clauses that statements have a placeholder for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    pub(super) jobs: &'static str,
    pub(super) attempts: &'static str,
    pub(super) schedules: &'static str,
    /// The time, in milliseconds since the Unix epoch: the server's, where several nodes share it. None: that of
    /// whoever asks, where one process has the file.
    pub(super) now: Option<&'static str>,
    /// What a claim adds, so that several at once take different jobs.
    pub(super) skip_locked: &'static str,
    /// One process has the store, so whatever runs when it starts was interrupted.
    pub(super) one_owner: bool,
}

impl Dialect {
    pub(super) const SQLITE: Self = Self {
        jobs: "flux_jobs",
        attempts: "flux_job_attempts",
        schedules: "flux_schedules",
        now: None,
        // It has one writer at a time.
        skip_locked: "",
        one_owner: true,
    };
    const POSTGRES: Self = Self {
        jobs: "flux.jobs",
        attempts: "flux.job_attempts",
        schedules: "flux.schedules",
        now: None,
        skip_locked: "FOR UPDATE SKIP LOCKED",
        one_owner: false,
    };

    pub(super) fn postgres(clock: Clock) -> Self {
        match clock {
            Clock::Server => Self { now: flux_sql::Dialect::Postgres.server_now_ms(), ..Self::POSTGRES },
            Clock::Caller => Self::POSTGRES,
        }
    }

    pub(super) fn text(&self, template: &str) -> String {
        template
            .replace("{jobs}", self.jobs)
            .replace("{attempts}", self.attempts)
            .replace("{schedules}", self.schedules)
            .replace("{skip locked}", self.skip_locked)
    }
}
