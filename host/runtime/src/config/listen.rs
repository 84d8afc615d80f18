//! Where the app listens: two addresses that can be listened on, and are not the same.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};

use flux_host::section::{Checking, Findings};

use super::Config;

pub(super) fn check(config: &Config, project: &Checking<'_>, findings: &mut Findings<'_>) {
    let (http, admin) = (&config.http.listen, &config.admin.listen);
    let http_port = check_listen(&["http", "listen"], http, findings);
    let admin_port = check_listen(&["admin", "listen"], admin, findings);
    if project.is_for_run() {
        check_machine(&["http", "listen"], http, findings);
        check_machine(&["admin", "listen"], admin, findings);
    }
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
    if !is_host(host) {
        findings.add(path, format!("'{address}' is no address to listen on"), example);
        return None;
    }
    let parsed = port.parse().ok().filter(|_| !port.starts_with('+'));
    if parsed.is_none() {
        findings.add(path, format!("'{port}' is no port"), example);
    }
    parsed
}

/// Reports an address that another machine has. A name is not looked up here.
fn check_machine(path: &[&str], address: &str, findings: &mut Findings<'_>) {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let Ok(host) = host.trim_matches(['[', ']']).parse::<IpAddr>() else { return };
    let is_elsewhere = |error: std::io::Error| error.kind() == ErrorKind::AddrNotAvailable;
    // A free port: only the address is asked for.
    if TcpListener::bind((host, 0)).is_err_and(is_elsewhere) {
        let hint = "write an address of this machine: 127.0.0.1 for itself, 0.0.0.0 for all that it has";
        findings.add(path, format!("{host} is no address of this machine"), hint);
    }
}

/// Whether it is an address or may be a name.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    if host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return host.parse::<Ipv4Addr>().is_ok();
    }
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    host.chars().all(fits) && !host.starts_with(['-', '.']) && !host.contains("..")
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
