//! A redis-server of a test's own, to be ended and started again.

use std::process::Stdio;

use flux_cap_kv::Redis;
use flux_test_services::skip;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

pub struct Server {
    pub port: u16,
    folder: TempDir,
    options: Vec<String>,
    process: Option<(Child, Lines<BufReader<ChildStdout>>)>,
}

impl Server {
    /// With options as on the command line. None: it is not installed.
    pub async fn start(options: &[&str]) -> Option<Self> {
        Self::start_on("--port", options).await
    }

    /// With TLS on its only port.
    pub async fn start_tls(options: &[&str]) -> Option<Self> {
        Self::start_on("--tls-port", &[&["--port", "0"], options].concat()).await
    }

    async fn start_on(kind: &str, options: &[&str]) -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().await.is_err() {
            skip("redis-server is not installed");
            return None;
        }
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let mut all = vec![kind.to_owned(), port.to_string()];
        all.extend(options.iter().map(|&it| it.to_owned()));
        let mut server = Self { port, options: all, folder: tempfile::tempdir().unwrap(), process: None };
        server.up().await;
        Some(server)
    }

    /// Starts it, and returns when it is ready.
    pub async fn up(&mut self) {
        let mut process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--dir"])
            .arg(self.folder.path())
            .args(&self.options)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut seen = String::new();
        while !seen.contains("Ready to accept connections") {
            let line = log.next_line().await.unwrap();
            seen += &line.unwrap_or_else(|| panic!("redis-server ended: {seen}"));
        }
        self.process = Some((process, log));
    }

    /// Kills it, and returns when it is gone.
    pub async fn down(&mut self) {
        let (mut process, _) = self.process.take().unwrap();
        process.kill().await.unwrap();
    }

    /// Sends it a signal, such as `STOP`.
    pub async fn signal(&self, name: &str) {
        let (process, _) = self.process.as_ref().unwrap();
        let kill = format!("kill -{name} {}", process.id().unwrap());
        assert!(Command::new("sh").args(["-c", &kill]).status().await.unwrap().success());
    }

    /// Past the back end: what an operator sees.
    pub fn query<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> T {
        let mut connection = redis::Client::open(self.url()).unwrap().get_connection().unwrap();
        command.query(&mut connection).unwrap()
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub async fn open(&self) -> Redis {
        Redis::open(&self.url(), "flux").await.unwrap()
    }
}
