//! What each back end promises of what is written to it.

use flux_api::Promise;

use super::backends::{Backend, Kind, Store};
use crate::config::{Durability, Project};

/// The journals first, then each table that keeps something.
pub(super) fn of(project: &Project, backends: &[Backend]) -> Vec<Promise> {
    let mut promises = vec![journals(project.config.record.durability)];
    promises.extend(backends.iter().map(promise));
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

fn promise(backend: &Backend) -> Promise {
    let (name, survives_kill, power_cut, shared_by) = match (&backend.place, backend.kind) {
        (Store::Sqlite(_), Kind::Queue) => ("SQLite", true, "kept: each commit is synced", "this node"),
        (Store::Sqlite(_), _) => {
            ("SQLite", true, "the last commits may be lost, the file stays whole", "this node")
        }
        (Store::Postgres(_), _) => {
            ("PostgreSQL", true, "as the server's synchronous_commit says", "all nodes on this database")
        }
        (Store::Redis(_), _) => (
            "Redis",
            true,
            "as the server's appendonly says",
            "all nodes on this server with this [app] name",
        ),
        (Store::Nats(_), _) => (
            "NATS JetStream",
            true,
            "as the server's sync_interval and replicas say",
            "all nodes on this server with this [app] name",
        ),
        (Store::Memory, _) => ("memory", false, "lost", "this process"),
    };
    Promise {
        label: backend.label.clone(),
        backend: name.to_owned(),
        survives_kill,
        power_cut: power_cut.to_owned(),
        shared_by: shared_by.to_owned(),
    }
}
