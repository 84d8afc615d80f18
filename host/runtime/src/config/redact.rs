//! Entries of `[record.redact]`, which name what is never written.

use flux_host::section::{Findings, nearest};

use super::RedactConfig;

/// An entry that fits nothing is a mistake of its writer, who believes that something is hidden.
pub(super) fn check(redact: &RedactConfig, findings: &mut Findings<'_>) {
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
    if findings.has(table, label) {
        return;
    }
    let known = findings.names(table);
    let hint = match nearest(label, known.iter().copied()) {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None => format!("add [{table}.{label}], or take the entry out"),
    };
    findings.add(path, format!("there is no {kind} '{label}' under [{table}]"), hint);
}
