//! What each back end promises of what is written to it.

use flux_api::Promise;
use flux_host::section::{Backend, BackendPlace};

use crate::config::Durability;
use crate::project::Project;

/// The journals first, then each table that keeps something.
pub(super) fn of(project: &Project, backends: &[Backend]) -> Vec<Promise> {
    let mut promises = vec![journals(project.config.record.durability)];
    promises.extend(backends.iter().filter_map(promise));
    promises
}

fn journals(durability: Durability) -> Promise {
    let (survives_kill, power_cut) = match durability {
        Durability::Process => (true, "the last moments may be lost"),
        Durability::Power => (true, "kept: synced before the answer goes out"),
        Durability::Relaxed => (false, "the last moments may be lost"),
    };
    Promise {
        label: "[record] durability".to_owned(),
        backend: "spool".to_owned(),
        survives_kill,
        power_cut: power_cut.to_owned(),
        shared_by: "this node".to_owned(),
    }
}

/// None: nothing is kept there.
fn promise(backend: &Backend) -> Option<Promise> {
    let (name, power_cut, shared_by) = match backend.place {
        BackendPlace::Sqlite(_) if backend.synced => {
            ("SQLite", "kept; a job that a [db] transaction sends, as that database", "this node")
        }
        BackendPlace::Sqlite(_) => {
            ("SQLite", "the last commits may be lost, the file stays whole", "this node")
        }
        BackendPlace::Postgres(_) => {
            ("PostgreSQL", "as the server's synchronous_commit says", "all nodes on this database")
        }
        BackendPlace::Redis(_) => {
            ("Redis", "as the server's appendonly says", "all nodes on this server with this [app] name")
        }
        BackendPlace::Nats(_) => (
            "NATS JetStream",
            "as the server's sync_interval and replicas say",
            "all nodes on this server with this [app] name",
        ),
        BackendPlace::Memory => ("memory", "lost", "this process"),
        BackendPlace::Host(_) => return None,
    };
    Some(Promise {
        label: backend.table.clone(),
        backend: name.to_owned(),
        survives_kill: !matches!(backend.place, BackendPlace::Memory),
        power_cut: power_cut.to_owned(),
        shared_by: shared_by.to_owned(),
    })
}
