//! What people can add.

use clap::Subcommand;

/// See the [module](self).
#[derive(Debug, Subcommand)]
pub enum What {
    /// An SQL database: an SQLite file
    Db {
        /// What the guest opens, such as main
        name: String,
    },
    /// A key-value bucket, in an SQLite file
    Kv {
        /// What the guest opens, such as cache
        name: String,
    },
    /// A queue, and the guest that runs its jobs
    Queue {
        /// What the guest sends to, such as mail
        name: String,
        /// The guest [default: the only one]
        #[arg(long)]
        guest: Option<String>,
    },
    /// A host that guests may send requests to
    Fetch {
        /// A host, such as api.example.com, *.example.com or 127.0.0.1:9099
        host: String,
    },
    /// A schedule, and the guest that runs on it
    Cron {
        /// Its name, such as nightly
        name: String,
        /// Minute, hour, day, month and weekday
        #[arg(long, value_name = "PATTERN", default_value = "0 3 * * *")]
        schedule: String,
        /// The guest [default: the only one]
        #[arg(long)]
        guest: Option<String>,
    },
    /// A secret, which an environment variable has
    Secret {
        /// Its name, such as payments_key
        name: String,
        /// The variable [default: the name in upper case]
        #[arg(long, value_name = "VARIABLE")]
        env: Option<String>,
        /// Only put into requests to this host; the guest itself cannot read it
        #[arg(long)]
        host: Option<String>,
    },
}
