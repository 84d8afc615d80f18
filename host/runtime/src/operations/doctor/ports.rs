//! The ports that `flux run` listens on: free, or taken by whom.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::path::Path;

use flux_api::Check;

use super::found::{failed, well};
use crate::project::Project;

pub(super) fn check(project: &Project) -> Vec<Check> {
    let config = &project.config;
    let listens = [("[http] listen", &config.http.listen), ("[admin] listen", &config.admin.listen)];
    listens.into_iter().map(|(key, address)| one(project, key, address)).collect()
}

fn one(project: &Project, key: &str, text: &str) -> Check {
    let address = match text.to_socket_addrs().map(|mut found| found.next()) {
        Ok(Some(address)) => address,
        Ok(None) => return failed("port", key, format!("'{text}' is no address"), Some(example())),
        Err(error) => {
            return failed("port", key, format!("'{text}' is no address: {error}"), Some(example()));
        }
    };
    match TcpListener::bind(address) {
        Ok(_) => well("port", key, format!("{text} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => taken(project, key, text, address),
        Err(error) => failed("port", key, format!("cannot listen on {text}: {error}"), Some(example())),
    }
}

fn example() -> String {
    "write an address of this machine, such as listen = \"127.0.0.1:8080\"".to_owned()
}

fn taken(project: &Project, key: &str, text: &str, address: SocketAddr) -> Check {
    let Some(owner) = Owner::of(address, &project.data()) else {
        let hint = format!("choose another {key}, or see who has it: ss -ltnp");
        return failed("port", key, format!("{text} is taken by another user's process"), Some(hint));
    };
    let Owner { pid, name, is_this_app } = owner;
    if is_this_app {
        return well("port", key, format!("{text} is served by this project's own flux run, process {pid}"));
    }
    let hint = format!("choose another {key}, or end the process: kill {pid}");
    failed("port", key, format!("{text} is taken by {name}, process {pid}"), Some(hint))
}

/// The process that listens on a port, as far as this user may see.
struct Owner {
    pid: u32,
    name: String,
    is_this_app: bool,
}

impl Owner {
    fn of(address: SocketAddr, data: &Path) -> Option<Self> {
        let socket = format!("socket:[{}]", inode(address.port())?);
        let data = data.canonicalize().ok();
        for entry in std::fs::read_dir("/proc").ok()?.flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            // Those of other users cannot be read.
            let Ok(files) = std::fs::read_dir(entry.path().join("fd")) else { continue };
            let files: Vec<_> =
                files.flatten().filter_map(|file| std::fs::read_link(file.path()).ok()).collect();
            if files.iter().any(|file| file.as_os_str() == socket.as_str()) {
                let name = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
                let is_this_app = data.is_some_and(|data| files.iter().any(|file| file.starts_with(&data)));
                return Some(Self { pid, name: name.trim().to_owned(), is_this_app });
            }
        }
        None
    }
}

/// The socket that listens on a port, as Linux numbers it.
fn inode(port: u16) -> Option<String> {
    /// What `/proc/net/tcp` says of a socket that listens.
    const LISTENS: &str = "0A";
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let texts = tables.iter().filter_map(|table| std::fs::read_to_string(table).ok());
    let local = format!(":{port:04X}");
    texts.collect::<String>().lines().find_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let is_it = fields.get(1)?.ends_with(&local) && *fields.get(3)? == LISTENS;
        is_it.then(|| fields.get(9).map(|inode| (*inode).to_owned())).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_port_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let owner = Owner::of(listener.local_addr().unwrap(), Path::new("/nowhere")).unwrap();
        assert_eq!((owner.pid, owner.is_this_app), (std::process::id(), false));
    }
}
