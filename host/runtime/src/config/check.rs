//! What the types of the common tables cannot say: names that must exist, addresses, bounds.

use std::collections::BTreeSet;

use flux_host::Declaration;
use flux_host::section::{Checking, Findings, POSTGRES, nearest};

use super::{Config, EngineKind, GuestConfig, LimitsConfig, RedactConfig, route, tolerances};

/// `declarations` says what capabilities there are, where something depends on it.
pub(crate) fn check(
    config: &Config,
    project: &Checking<'_>,
    declarations: impl FnOnce() -> Vec<Declaration>,
    findings: &mut Findings<'_>,
) {
    findings.not_empty(&["app", "name"], &config.app.name, "orders");
    findings.not_empty(&["app", "data"], &config.app.data.to_string_lossy(), ".flux");
    findings.labels("guests");
    for (name, guest) in &config.guests {
        check_guest(name, guest, project, findings);
    }
    route::check(&config.http.routes, findings);
    check_triggers(config, project, findings);
    check_http(config, findings);
    check_addresses(config, findings);
    check_limits(&config.limits, findings);
    check_secrets(project, findings);
    check_record(config, project, findings);
    check_redaction(&config.record.redact, findings);
    tolerances::check(&config.replay, declarations, findings);
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
        if variable.is_empty() || variable.contains(['=', '\0']) || value.contains('\0') {
            let message = format!("'{variable}' is no environment variable");
            findings.add(&["guests", name, "env", variable], message, "write NAME = \"value\"");
        }
    }
}

fn check_source(path: &[&str], guest: &GuestConfig, project: &Checking<'_>, findings: &mut Findings<'_>) {
    let source = &guest.source;
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

/// Whoever is called must exist; and a guest that nothing calls would never run.
fn check_triggers(config: &Config, project: &Checking<'_>, findings: &mut Findings<'_>) {
    let triggers = config.triggers();
    // A guest with a mistake of its own is there all the same.
    let guests = findings.names("guests");
    for trigger in &triggers {
        if guests.contains(&trigger.guest.as_str()) {
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
        findings.add(&["guests", name], format!("nothing calls the guest '{name}'"), hint);
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

fn check_addresses(config: &Config, findings: &mut Findings<'_>) {
    let (http, admin) = (&config.http.listen, &config.admin.listen);
    let http_port = check_listen(&["http", "listen"], http, findings);
    let admin_port = check_listen(&["admin", "listen"], admin, findings);
    let is_same = |port| port != 0 && http_port == Some(port) && overlaps(http, admin);
    if !admin_port.is_some_and(is_same) {
        return;
    }
    let (admin_key, http_key) = (["admin", "listen"], ["http", "listen"]);
    // The line that flux.toml has is shown; the other one may be the default.
    let (shown, address, other, key) = match findings.line(&admin_key) {
        Some(_) => (admin_key, admin, findings.line(&http_key), "[http] listen"),
        None => (http_key, http, None, "[admin] listen"),
    };
    let other = match other {
        Some(line) => format!("{key} in line {line}"),
        None => format!("{key} by default"),
    };
    let hint = "give one of the two another port; 0 takes a free one";
    findings.add(&shown, format!("'{address}' is the address of {other} too"), hint);
}

/// The port of an address that can be listened on.
fn check_listen(path: &[&str], address: &str, findings: &mut Findings<'_>) -> Option<u16> {
    let example = "write a host and a port from 0 to 65535, such as \"127.0.0.1:8080\"";
    let Some((host, port)) = address.rsplit_once(':') else {
        findings.add(path, format!("'{address}' has no port"), example);
        return None;
    };
    let is_open = host.contains(':') && !host.starts_with('[');
    if host.is_empty() || is_open || host.contains(|letter: char| letter.is_whitespace() || letter == '/') {
        findings.add(path, format!("'{address}' is no address to listen on"), example);
        return None;
    }
    let parsed = port.parse().ok().filter(|_| !port.starts_with('+'));
    if parsed.is_none() {
        findings.add(path, format!("'{port}' is no port"), example);
    }
    parsed
}

/// Whether two addresses with the same port have a host in common.
fn overlaps(a: &str, b: &str) -> bool {
    let host = |address: &str| match address.rsplit_once(':').map_or(address, |(host, _)| host) {
        "localhost" => "127.0.0.1".to_owned(),
        host => host.to_owned(),
    };
    let is_any = |host: &str| matches!(host, "0.0.0.0" | "[::]");
    let (a, b) = (host(a), host(b));
    a == b || is_any(&a) || is_any(&b)
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
            findings.not_empty(&["secrets", name, "env"], variable, &name.to_uppercase());
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
            let hint = format!("set {place}, or take the secret out of [secrets]");
            findings.add(&["secrets", name, key], format!("the secret '{name}' is not in {place}"), hint);
        }
    }
}

fn check_record(config: &Config, project: &Checking<'_>, findings: &mut Findings<'_>) {
    let record = &config.record;
    findings.not_zero(&["record", "spool-max"], record.spool_max, "nothing could be recorded");
    if let Some(node) = &record.node {
        findings.not_empty(&["record", "node"], node, "node-1");
    }
    if let Some(address) = &record.postgres {
        findings.address(&["record", "postgres"], address, project, &POSTGRES);
    }
}

/// An entry that fits nothing is a mistake of its writer, who believes that something is hidden.
fn check_redaction(redact: &RedactConfig, findings: &mut Findings<'_>) {
    let is_header = |name: &str| name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
    for (index, name) in redact.headers.iter().enumerate() {
        if name.is_empty() || !is_header(name) {
            let message = format!("'{name}' is no name of a header");
            let path = ["record", "redact", "headers", &index.to_string()];
            findings.add(&path, message, "write one such as \"authorization\"");
        }
    }
    for (index, text) in redact.json.iter().enumerate() {
        let path = ["record", "redact", "json", &index.to_string()];
        findings.parsed(&path, flux_redaction::check_path(text), "");
    }
    for (index, text) in redact.columns.iter().enumerate() {
        let path = ["record", "redact", "columns", &index.to_string()];
        if let Some((Some(database), _)) = findings.parsed(&path, flux_redaction::column(text), "") {
            check_label(&path, ("database", "db", &database), findings);
        }
    }
    for (index, bucket) in redact.buckets.iter().enumerate() {
        let path = ["record", "redact", "buckets", &index.to_string()];
        check_label(&path, ("bucket", "kv", bucket), findings);
    }
}

fn check_label(path: &[&str], (kind, table, label): (&str, &str, &str), findings: &mut Findings<'_>) {
    let known = findings.names(table);
    if known.contains(&label) {
        return;
    }
    let hint = match nearest(label, known.iter().copied()) {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None => format!("add [{table}.{label}], or take the entry out"),
    };
    findings.add(path, format!("there is no {kind} '{label}' under [{table}]"), hint);
}
