//! What the types of the common tables cannot say: names that must exist, addresses, bounds.

use std::collections::{BTreeSet, HashSet};
use std::error::Error as _;
use std::path::Path;

use flux_host::section::{Checking, Findings, UrlKind, fill, nearest};
use flux_host::{Declaration, Hint};
use flux_redaction::{KeyFile, OLD_KEY};
use flux_store::{StoreError, Target};

use super::{Config, EngineKind, GuestConfig, LimitsConfig, listen, redact, route, tolerances};

/// `declarations` says what capabilities there are, where something depends on it.
pub(crate) fn check(
    config: &Config,
    project: &Checking<'_>,
    declarations: impl FnOnce() -> Vec<Declaration>,
    findings: &mut Findings<'_>,
) {
    findings.not_empty(&["app", "name"], &config.app.name, "orders");
    check_data(config, project, findings);
    findings.labels("guests");
    for (name, guest) in &config.guests {
        check_guest(name, guest, project, findings);
    }
    route::check(&config.http.routes, findings);
    check_triggers(config, project, findings);
    check_http(config, findings);
    listen::check(config, project, findings);
    check_limits(&config.limits, findings);
    check_secrets(project, findings);
    check_record(config, project, findings);
    redact::check(&config.record.redact, findings);
    tolerances::check(&config.replay, declarations, findings);
}

/// The data folder and its parts can be made and written to.
fn check_data(config: &Config, project: &Checking<'_>, findings: &mut Findings<'_>) {
    let (key, data) = (["app", "data"], &config.app.data);
    findings.not_empty(&key, &data.to_string_lossy(), ".flux");
    if !findings.path(&key, data) || !project.is_for_run() {
        return;
    }
    let hint = "name another folder, such as data = \".flux\", or make this one writable";
    findings.folder(&key, &project.databases(), hint);
    // Builds that are served as they are may be read-only.
    if project.is_for_build() {
        findings.folder(&key, &project.data().join("build"), hint);
    }
}

fn check_guest(name: &str, guest: &GuestConfig, project: &Checking<'_>, findings: &mut Findings<'_>) {
    let source = ["guests", name, "source"];
    findings.not_empty(&source, &guest.source, ".");
    check_source(&source, guest, project, findings);
    let env = ["guests", name, "env"];
    if guest.engine == EngineKind::V8 && !guest.env.is_empty() {
        let message = "a guest on V8 has no environment variables";
        findings.add(&env, message, "put the values under [config]: the guest reads them with config.get");
    }
    for (variable, value) in &guest.env {
        let path = ["guests", name, "env", variable];
        if variable.is_empty() || variable.contains(['=', '\0']) {
            let message = format!("'{variable}' is no environment variable");
            findings.add(&path, message, "write NAME = \"value\"");
        } else if value.contains('\0') {
            let message = format!("the value of '{variable}' has a NUL character");
            findings.add(&path, message, "take \\u0000 out of it");
        }
    }
}

fn check_source(path: &[&str], guest: &GuestConfig, project: &Checking<'_>, findings: &mut Findings<'_>) {
    let source = &guest.source;
    if !findings.path(path, Path::new(source)) {
        return;
    }
    let file = project.folder.join(source);
    let is_missing = match guest.is_built() {
        true => project.is_for_run() && !file.is_file(),
        false => project.is_for_build() && !file.is_dir(),
    };
    if is_missing && !source.is_empty() {
        let hint = match guest.is_built() {
            true => "build it with its own tools first, or name the folder of its source",
            false => "correct the path, which is relative to flux.toml, or make a guest there: flux new",
        };
        let kind = if guest.is_built() { "file" } else { "folder" };
        findings.add(path, format!("there is no {kind} '{source}'"), hint);
    }
}

/// Whoever is called must exist; and a guest that nothing calls never runs.
fn check_triggers(config: &Config, project: &Checking<'_>, findings: &mut Findings<'_>) {
    let triggers = config.triggers();
    // A guest with a mistake of its own is there all the same.
    let guests = findings.names("guests");
    let known: HashSet<&str> = guests.iter().copied().collect();
    for trigger in &triggers {
        if known.contains(trigger.guest.as_str()) {
            continue;
        }
        let place: Vec<&str> = trigger.place.iter().map(String::as_str).collect();
        let hint = match nearest(&trigger.guest, guests.iter().copied()) {
            Some(nearest) => format!("did you mean '{nearest}'?"),
            None => format!("add [guests.{}] with source = \"<folder>\"", trigger.guest),
        };
        findings.add(&place, format!("there is no guest '{}' under [guests]", trigger.guest), hint);
    }
    let called: BTreeSet<&str> = triggers.iter().map(|trigger| trigger.guest.as_str()).collect();
    // A trigger that has a mistake may be the one that calls it.
    if !project.is_for_run() || findings.is_broken() {
        return;
    }
    for name in config.guests.keys().filter(|name| !called.contains(name.as_str())) {
        let hint = format!(
            "add a [[http.routes]] with route = \"GET /\" and guest = \"{name}\", a [queues.…] or a [cron.…], or take \
             the guest out"
        );
        findings.warn(&["guests", name], format!("nothing calls the guest '{name}'"), hint);
    }
}

/// With nothing at all, nobody would be answered.
fn check_http(config: &Config, findings: &mut Findings<'_>) {
    let http = &config.http;
    let bounds = [
        ("max-headers", http.max_headers as u64),
        ("max-bodies", http.max_bodies as u64),
        ("max-connections", http.max_connections as u64),
        ("max-streams", u64::from(http.max_streams)),
        ("head-ms", http.head_ms),
        ("body-ms", http.body_ms),
        ("idle-ms", http.idle_ms),
    ];
    for (key, bound) in bounds {
        findings.not_zero(&["http", key], bound, "no request would be answered");
    }
}

fn check_limits(limits: &LimitsConfig, findings: &mut Findings<'_>) {
    let bounds = [
        ("time-ms", limits.time_ms),
        ("memory", limits.memory as u64),
        ("calls", limits.calls),
        ("response", limits.response as u64),
        ("journal", limits.journal as u64),
        ("concurrency", u64::from(limits.concurrency)),
    ];
    for (key, bound) in bounds {
        findings.not_zero(&["limits", key], bound, "no guest could do anything");
    }
}

fn check_secrets(project: &Checking<'_>, findings: &mut Findings<'_>) {
    findings.labels("secrets");
    for (name, secret) in project.secrets {
        let table = ["secrets", name.as_str()];
        if let Some(variable) = &secret.env {
            check_variable(&["secrets", name, "env"], variable, &name.to_uppercase(), findings);
        }
        if let Some(file) = &secret.file {
            findings.not_empty(&["secrets", name, "file"], &file.to_string_lossy(), "/run/secrets/key");
            findings.path(&["secrets", name, "file"], file);
        }
        if secret.env.is_none() && secret.file.is_none() {
            if !findings.is_whole(&table) {
                continue;
            }
            let hint = format!("add env = \"{}\" or file = \"path\"", name.to_uppercase().replace('-', "_"));
            findings.add(&table, format!("the secret '{name}' has neither env nor file"), hint);
        } else if project.is_for_run()
            && let Err(place) = secret.read(project.folder)
        {
            let key = if secret.env.is_some() { "env" } else { "file" };
            let hint = format!("{}, or take the secret out of [secrets]", fill(&place));
            findings.add(&["secrets", name, key], format!("the secret '{name}' is not in {place}"), hint);
        }
    }
}

/// The name of an environment variable, which may be set or not.
fn check_variable(path: &[&str], variable: &str, example: &str, findings: &mut Findings<'_>) {
    findings.not_empty(path, variable, example);
    if variable.contains(['=', '\0']) {
        let message = format!("'{variable}' is no name of an environment variable");
        findings.add(path, message, format!("write one such as env = \"{example}\""));
    }
}

fn check_record(config: &Config, project: &Checking<'_>, findings: &mut Findings<'_>) {
    let record = &config.record;
    findings.not_zero(&["record", "spool-max"], record.spool_max, "nothing could be recorded");
    if let Some(node) = &record.node {
        findings.not_empty(&["record", "node"], node, "node-1");
    }
    if let Some(address) = &record.postgres {
        findings.address(&["record", "postgres"], address, project, &UrlKind::postgres(check_url));
    }
    if let Some(keys) = &record.redact.keys {
        check_keys(keys, project, findings);
    }
}

/// What is wrong with the URL of a shared record store.
fn check_url(url: &str) -> Result<(), String> {
    Target::postgres(url).map(drop).map_err(|error| match error {
        StoreError::Url { source } => source.source().map_or_else(|| source.to_string(), ToString::to_string),
        error => error.to_string(),
    })
}

/// The file of the keys, which the first run makes.
fn check_keys(keys: &Path, project: &Checking<'_>, findings: &mut Findings<'_>) {
    let path = ["record", "redact", "keys"];
    findings.not_empty(&path, &keys.to_string_lossy(), "/run/secrets/redaction.keys");
    if !findings.path(&path, keys) || !project.is_for_run() || keys.as_os_str().is_empty() {
        return;
    }
    let file = project.folder.join(keys);
    if file.is_dir() {
        let hint = "name a file: the first run makes it";
        return findings.add(&path, format!("{} is a folder", keys.display()), hint);
    }
    let folder = file.parent().unwrap_or(Path::new(".")).to_owned();
    if file.is_file() {
        if let Err(error) = KeyFile::new(file, project.data().join(OLD_KEY)).read() {
            findings.add(&path, error.to_string(), error.hint().unwrap_or_default());
        }
    } else {
        findings.folder(&path, &folder, "name a file in a folder that can be written to");
    }
}
