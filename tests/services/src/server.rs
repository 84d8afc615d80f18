//! A PostgreSQL server of the test's own, to be stopped, frozen and started again.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::{POSTGRES, service, skip};

/// See the [module](self). Its user has no password, so any is right.
#[derive(Debug)]
pub struct Server {
    dir: TempDir,
    programs: PathBuf,
    user: Option<u32>,
    port: u16,
    process: Option<Child>,
}

impl Server {
    /// A server with no databases of ours, that does not run yet; none where tests have no services.
    pub fn new() -> Option<Self> {
        service(POSTGRES)?;
        let Some(programs) = programs() else {
            skip("there is no PostgreSQL in /usr/lib/postgresql");
            return None;
        };
        let user = rustix::process::getuid().is_root().then(postgres_user);
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
        chown(dir.path(), user, None).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { dir, programs, user, port, process: None };
        let mut command = server.command("initdb");
        let made =
            command.args(["-U", "flux", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Some(server)
    }

    /// Its address, the same after every start.
    pub fn url(&self) -> String {
        format!("postgres://flux@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it; returns when it takes connections.
    pub async fn start(&mut self) {
        let mut command = self.command("postgres");
        command.args(["-p", &self.port.to_string(), "-h", "127.0.0.1", "-k", "", "-c", "fsync=off"]);
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (sender, ready) = oneshot::channel();
        // Until it ends: a server whose log is not read stands still.
        std::thread::spawn(move || {
            let mut sender = Some(sender);
            for line in lines.map_while(Result::ok) {
                if line.contains("ready to accept connections") {
                    sender.take().map(|sender| sender.send(()));
                }
            }
        });
        self.process = Some(process);
        ready.await.expect("the server starts");
    }

    /// Ends it at once, as a crash would, with all connections.
    pub fn crash(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        kill_process(Pid::from_child(&process), Signal::QUIT).unwrap();
        process.wait().unwrap();
    }

    /// Makes it take connections and statements, and do nothing about them.
    pub fn freeze(&self) {
        self.signal_all(Signal::STOP);
    }

    /// Ends that.
    pub fn thaw(&self) {
        self.signal_all(Signal::CONT);
    }

    fn signal_all(&self, signal: Signal) {
        let main = Pid::from_child(self.process.as_ref().unwrap());
        // The main process first: while it is stopped, no other is made.
        kill_process(main, signal).unwrap();
        for child in children(main) {
            // It may have ended just now.
            kill_process(child, signal).ok();
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.arg("-D").arg(self.dir.path().join("data")).current_dir("/");
        if let Some(user) = self.user {
            command.uid(user);
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.thaw();
            self.crash();
        }
    }
}

fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let mut programs: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    programs.retain(|programs| programs.join("initdb").exists() && programs.join("postgres").exists());
    programs.sort();
    programs.pop()
}

/// PostgreSQL refuses to run as root.
fn postgres_user() -> u32 {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let user = users.lines().find_map(|line| line.strip_prefix("postgres:")).expect("a user 'postgres'");
    user.split(':').nth(1).unwrap().parse().unwrap()
}

fn children(parent: Pid) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let child = |path: &Path| {
        let stat = fs::read_to_string(path.join("stat")).ok()?;
        // After the name, which may hold anything: the state, then the parent.
        let is_child =
            stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse() == Ok(parent.as_raw_nonzero().get());
        let pid = path.file_name()?.to_str()?.parse().ok()?;
        is_child.then(|| Pid::from_raw(pid)).flatten()
    };
    processes.filter_map(|process| child(&process.path())).collect()
}
