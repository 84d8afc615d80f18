//! The servers and files that each table of flux.toml leads to: whether they answer, how fast, and their clocks.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use flux_api::Check;
use flux_cap_db::{Database, DbOptions};
use flux_cap_queue::NatsOptions;
use flux_host::bindings::flux::host::db::Value;
use flux_host::section::{Address, Backend, BackendPlace, fill};
use flux_host::{Environment, System};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::super::shell::shell_word;
use super::found::{causes, failed, warning, well};
use crate::databases::is_of_something_else;
use crate::project::Project;

/// How long a server may take for its answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Leases and schedules of nodes that share a database are its clock's; a guest's `clock.now` is this machine's.
const CLOCK_OFF_MS: i64 = 1_000;

/// What a server said.
#[derive(Debug, Clone)]
struct Answer {
    detail: String,
    latency_ms: f64,
    /// How far its clock is before this machine's.
    clock_ms: Option<i64>,
}

pub(super) async fn check(project: &Project, backends: &[Backend]) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut asked: HashMap<String, Result<Answer, String>> = HashMap::new();
    for backend in backends {
        let address = match &backend.place {
            BackendPlace::Sqlite(file) => {
                checks.push(sqlite(&backend.table, &project.databases().join(file)));
                continue;
            }
            BackendPlace::Memory => {
                checks.push(well("service", &backend.table, "memory of the process"));
                continue;
            }
            BackendPlace::Host(host) => {
                checks.extend(reached(&backend.table, host).await);
                continue;
            }
            BackendPlace::Postgres(address) | BackendPlace::Redis(address) | BackendPlace::Nats(address) => {
                address
            }
        };
        checks.push(match url(project, address) {
            Err(check) => Check { name: backend.table.clone(), ..check },
            Ok(url) => {
                // Tables that share a server are told of one by one, and it is asked once.
                if !asked.contains_key(&url) {
                    asked.insert(url.clone(), ask(&backend.place, &url).await);
                }
                told(&backend.table, &asked[&url])
            }
        });
    }
    checks.extend(asked.values().filter_map(|answer| clock(answer.as_ref().ok()?)).take(1));
    checks
}

fn url(project: &Project, address: &Address) -> Result<String, Check> {
    let missing = |place: String| {
        let hint = format!("{}, or write the URL itself", fill(&place));
        failed("service", "", format!("its address is not in {place}"), Some(hint))
    };
    address.read(&project.folder).map_err(missing)
}

fn told(label: &str, answer: &Result<Answer, String>) -> Check {
    match answer {
        Ok(answer) => {
            Check { latency_ms: Some(answer.latency_ms), ..well("service", label, &*answer.detail) }
        }
        Err(why) => {
            let hint = format!("start its server, or correct the address under {label}");
            failed("service", label, &**why, Some(hint))
        }
    }
}

fn sqlite(label: &str, path: &Path) -> Check {
    let shown = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let opened = std::fs::OpenOptions::new().read(true).write(true).open(path);
    match opened {
        Ok(_) if is_of_something_else(path) => {
            let hint = "name another file, or move this one away".to_owned();
            failed("service", label, format!("the file {shown} is there, and is not SQLite's"), Some(hint))
        }
        Ok(_) => well("service", label, format!("SQLite file {shown}")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            well("service", label, format!("SQLite file {shown}, made at the first run"))
        }
        Err(error) => {
            let hint = format!("make it writable: {}", shell_word(&path.display().to_string()));
            failed("service", label, format!("cannot open {}: {error}", path.display()), Some(hint))
        }
    }
}

async fn ask(place: &BackendPlace, url: &str) -> Result<Answer, String> {
    let clock = System::new();
    let began_ns = clock.monotonic_ns();
    let asked = timeout(PATIENCE, async {
        match place {
            BackendPlace::Postgres(_) => postgres(url).await,
            BackendPlace::Redis(_) => {
                let opened = flux_cap_kv::Redis::open(url, "flux").await;
                opened.map(|_| ("Redis".to_owned(), None)).map_err(|error| causes(&error))
            }
            _ => {
                let opened = flux_cap_queue::Nats::open(url, NatsOptions::default()).await;
                opened.map(|_| ("NATS".to_owned(), None)).map_err(|error| causes(&error))
            }
        }
    });
    let answered = asked.await.map_err(|_| format!("no answer within {} seconds", PATIENCE.as_secs()))?;
    let (detail, clock_ms) = answered?;
    let latency_ms = (clock.monotonic_ns() - began_ns) as f64 / 1e6;
    Ok(Answer { detail, latency_ms, clock_ms })
}

/// Its version, and how far its clock is before ours.
async fn postgres(url: &str) -> Result<(String, Option<i64>), String> {
    let options = DbOptions { statement_timeout: PATIENCE, ..DbOptions::default() };
    let opened = flux_cap_db::Postgres::open(url, options).await;
    let database = opened.map_err(|error| causes(&error))?;
    let sql =
        "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint, current_setting('server_version')";
    let clock = System::new();
    let before_ns = clock.now_ns();
    let rows = database.query(sql, &[]).await.map_err(|error| format!("it does not answer: {error:?}"))?;
    let now_ms = i64::try_from((before_ns / 2 + clock.now_ns() / 2) / 1_000_000).unwrap_or(i64::MAX);
    match rows.rows.first().map(Vec::as_slice) {
        Some([Value::Integer(theirs_ms), Value::Text(version)]) => {
            Ok((format!("PostgreSQL {version}"), Some(theirs_ms - now_ms)))
        }
        other => Err(format!("it answers with something else: {other:?}")),
    }
}

fn clock(answer: &Answer) -> Option<Check> {
    let off_ms = answer.clock_ms?;
    let detail = format!("the database server's is {off_ms:+} ms from this machine's");
    Some(match off_ms.abs() > CLOCK_OFF_MS {
        true => warning("time", "offset", detail, "set both by NTP: leases and schedules depend on them"),
        false => well("time", "offset", detail),
    })
}

/// A host that guests may ask. One that does not answer now may do so later: that is a warning.
async fn reached(name: &str, host: &str) -> Option<Check> {
    let (host, port) = host_and_port(host)?;
    let clock = System::new();
    let began_ns = clock.monotonic_ns();
    let connected = timeout(PATIENCE, TcpStream::connect((host, port))).await;
    let latency_ms = Some((clock.monotonic_ns() - began_ns) as f64 / 1e6);
    let hint = "guests get an error from it as long as it is away";
    Some(match connected {
        Ok(Ok(_)) => Check { latency_ms, ..well("service", name, "connects") },
        Ok(Err(error)) => warning("service", name, format!("does not connect: {error}"), hint),
        Err(_) => warning("service", name, format!("no answer within {} seconds", PATIENCE.as_secs()), hint),
    })
}

/// A pattern that is one host; without a port it is that of https.
fn host_and_port(pattern: &str) -> Option<(&str, u16)> {
    match pattern.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            Some((host.trim_matches(['[', ']']), port.parse().ok()?))
        }
        Some(_) | None => Some((pattern, 443)),
    }
}

#[cfg(test)]
mod tests {
    use super::host_and_port;

    #[test]
    fn an_allowed_host_is_asked_where_a_guest_would() {
        assert_eq!(host_and_port("api.example.com"), Some(("api.example.com", 443)));
        assert_eq!(host_and_port("127.0.0.1:9099"), Some(("127.0.0.1", 9099)));
        assert_eq!(host_and_port("[::1]:80"), Some(("::1", 80)));
        assert_eq!(host_and_port("::1"), Some(("::1", 443)));
        assert_eq!(host_and_port("a:b"), None);
    }
}
