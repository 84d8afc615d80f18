//! The versions, the secrets and the disk.

use std::path::Path;

use flux_api::Check;
use flux_host::section::fill;
use rustix::fs::{Access, StatVfsMountFlags, access, statvfs};

use super::super::shell::shell_word;
use super::found::{failed, warning, well};
use crate::project::Project;

/// A data folder with less is full at the next request.
const LEAST_FREE: u64 = 16 << 20;

pub(super) fn versions() -> Vec<Check> {
    let v8 = if cfg!(feature = "v8") { "with V8" } else { "without V8" };
    let format = format!("{}.{}", flux_recorder::format::MAJOR, flux_recorder::format::MINOR);
    vec![
        well("version", "flux", format!("{}, {v8}", env!("CARGO_PKG_VERSION"))),
        well("version", "recordings", format!("format {format}, record store {}", flux_store::SCHEMA)),
    ]
}

/// Whether each secret is where flux.toml says, never what it is.
pub(super) fn secrets(project: &Project) -> Vec<Check> {
    let check =
        |(name, config): (&String, &flux_host::section::SecretConfig)| match config.read(&project.folder) {
            Ok(value) if value.is_empty() => warning("secret", name, "it is empty", "set it to its value"),
            Ok(_) => well("secret", name, "set"),
            Err(place) => failed("secret", name, format!("not in {place}"), Some(fill(&place))),
        };
    project.config.secrets.iter().map(check).collect()
}

/// The room for the data folder, and whether it may be written to.
pub(super) fn disk(project: &Project) -> Vec<Check> {
    let data = project.data();
    let name = data.display().to_string();
    // A project that never ran has no data folder: its parent is where it will be.
    let exists = |folder: &&Path| folder.exists() || folder.as_os_str().is_empty();
    let there = data.ancestors().find(exists).unwrap_or(Path::new("."));
    let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
    let stat = match statvfs(there) {
        Ok(stat) => stat,
        Err(error) => return vec![failed("disk", name, format!("cannot be asked: {error}"), None)],
    };
    if stat.f_flag.contains(StatVfsMountFlags::RDONLY) || access(there, Access::WRITE_OK).is_err() {
        let hint =
            format!("make it writable, or name another folder: [app] data; ls -ld {}", shell_word(&name));
        return vec![failed("disk", name, "cannot be written to", Some(hint))];
    }
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let detail = format!("{} free", megabytes(free));
    let spool = project.config.record.spool_max;
    vec![match free {
        free if free < LEAST_FREE => {
            failed("disk", name, detail, Some("make room, or name another folder: [app] data".to_owned()))
        }
        free if free < spool => {
            let hint = "make room, or lower [record] spool-max";
            warning("disk", name, format!("{detail}, and the spool may take {}", megabytes(spool)), hint)
        }
        _ => well("disk", name, detail),
    }]
}

fn megabytes(bytes: u64) -> String {
    match bytes >> 20 {
        mib @ 0..10_240 => format!("{mib} MiB"),
        mib => format!("{} GiB", mib >> 10),
    }
}
