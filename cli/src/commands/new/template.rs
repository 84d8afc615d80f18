//! What a new project does.

/// The templates. Each is the same program in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Template {
    /// Answers requests over HTTP
    #[value(alias = "http")]
    Service,
    /// Keeps notes in a database, with migrations
    Crud,
    /// Keeps answers in a key-value bucket for an hour
    Cache,
    /// Delivers events to another service with a secret, and tries again by a queue
    #[value(alias = "job")]
    Webhook,
    /// Cleans a database up on a schedule
    Cron,
}

impl Template {
    /// As `--template` takes it, and as its files are called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Crud => "crud",
            Self::Cache => "cache",
            Self::Webhook => "webhook",
            Self::Cron => "cron",
        }
    }

    /// What serves it, with all that flux.toml asks of the environment.
    pub fn serve(self) -> &'static str {
        match self {
            Self::Webhook => "TARGET_TOKEN=only-a-test flux up",
            _ => "flux up",
        }
    }

    /// How to see it work, in another shell.
    pub fn try_it(self) -> &'static str {
        match self {
            Self::Service => "curl -i http://127.0.0.1:8080/hello/Ada",
            Self::Crud => "curl -i http://127.0.0.1:8080/notes -d '{\"text\": \"buy milk\"}'",
            Self::Cache => "curl -i http://127.0.0.1:8080/primes/10000",
            Self::Webhook => {
                "curl -i http://127.0.0.1:8080/events -d '{\"id\": \"event-1\", \"text\": \"paid\"}'"
            }
            Self::Cron => "flux tail --follow",
        }
    }

    /// What its README says besides.
    pub fn about(self) -> &'static str {
        match self {
            Self::Service => "The route in `flux.toml` has the path parameter `{name}`.",
            Self::Crud => {
                "The table is made by `migrations/`, which `flux run` applies when it starts. Add a file for the next change:\n\
                 a migration that ran is never edited."
            }
            Self::Cache => {
                "The second request for the same limit is answered from the bucket, and `\"cached\"` is true. `[kv.cache]` is in\n\
                 memory: it is empty again after a restart."
            }
            Self::Webhook => {
                "Nothing listens at `target_url` in `flux.toml` yet, so the job fails and is tried again after about 1, 2, 4 and\n\
                 more seconds. `flux queue list deliveries` shows it. In production, `TARGET_TOKEN` is the receiver's real token."
            }
            Self::Cron => {
                "The schedule runs every minute, so that you see it soon. The table is made by `migrations/`, which `flux run`\n\
                 applies when it starts."
            }
        }
    }
}
