//! The command, guests built once, a project in a folder of its own, and a server that is ended.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use flux_test_services::skip;
use flux_tests::{V8, speakers};
use serde_json::Value;
use tempfile::TempDir;

/// The folder of what cargo built for this test: `target/debug`.
fn built() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    test.ancestors().nth(2).expect("tests lie in target/<profile>/deps").to_owned()
}

/// A binary of the workspace.
pub fn binary(name: &str) -> PathBuf {
    let path = built().join(name);
    assert!(path.is_file(), "{} is not built: cargo build --bins, or make test", path.display());
    path
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the root").to_owned()
}

/// A component of guests/<folder>, built by `flux build` once for all tests of a run.
pub fn guest(folder: &str, features: &str) -> PathBuf {
    built_once(folder, features).unwrap_or_else(|said| panic!("{folder}: {said}"))
}

/// guests/<name>_<language> in every language, and TypeScript's as a bundle for V8 where the tests have it, built
/// side by side; none, said on stderr, where the tools of a language are missing.
pub fn in_all_languages(name: &str) -> Option<Vec<(&'static str, PathBuf)>> {
    let build = |language: &'static str| {
        let component = built_once(&format!("{name}_{language}"), "").map(|path| (language, path));
        component.map_err(|said| format!("no {name} in {language}: {said}"))
    };
    let built: Result<Vec<_>, _> = std::thread::scope(|scope| {
        let builds: Vec<_> = speakers().map(|language| scope.spawn(move || build(language))).collect();
        builds.into_iter().map(|build| build.join().expect("a build does not panic")).collect()
    });
    built.map_err(|said| skip(&said)).ok()
}

/// Something of which there is one by name.
type ByName<T> = Mutex<BTreeMap<String, Arc<T>>>;

fn by_name<T: Default>(all: &ByName<T>, name: &str) -> Arc<T> {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(all.entry(name.to_owned()).or_default())
}

fn built_once(folder: &str, features: &str) -> Result<PathBuf, String> {
    static GUESTS: ByName<OnceLock<Result<PathBuf, String>>> = Mutex::new(BTreeMap::new());
    let name = if features.is_empty() { folder.to_owned() } else { format!("{folder}-{features}") };
    by_name(&GUESTS, &name).get_or_init(|| build(folder, features, &name)).clone()
}

fn build(folder: &str, features: &str, name: &str) -> Result<PathBuf, String> {
    // One at a time of each language: they share cargo's target folder, and the tools that are installed.
    static LANGUAGE: ByName<Mutex<()>> = Mutex::new(BTreeMap::new());
    let (source, engine, extension) = match folder.strip_suffix(V8) {
        Some(name) => (format!("{name}typescript"), "v8", "js"),
        None => (folder.to_owned(), "wasm", "wasm"),
    };
    let language = by_name(&LANGUAGE, source.rsplit('_').next().unwrap_or_default());
    let _alone = language.lock().unwrap_or_else(PoisonError::into_inner);
    let path = guests().join(format!("{name}.{extension}"));
    let mut flux = Command::new(binary("flux"));
    flux.arg("build").arg(root().join("guests").join(source)).args(["--engine", engine]).arg("-o").arg(&path);
    if !features.is_empty() {
        flux.args(["--features", features]);
    }
    // A target folder of its own: cargo's lock on the other is held by whoever runs the tests.
    flux.env("CARGO_TARGET_DIR", built().join("guests-target")).env("FLUX_CACHE", cache());
    let output = flux.env("FLUX_TOOLS", tools()).output().expect("flux runs");
    let said = || String::from_utf8_lossy(&output.stderr).into_owned();
    output.status.success().then_some(path).ok_or_else(said)
}

/// Where guests are built for all tests.
pub fn guests() -> PathBuf {
    built().join("guests")
}

/// Where compiled guests are kept for all tests: not in the user's own cache.
pub fn cache() -> PathBuf {
    built().join("guest-cache")
}

/// Where the tools are that languages need installed: not in the user's own folder either.
pub fn tools() -> PathBuf {
    built().join("guest-tools")
}

/// A sample of another language, built by that language's own tools once for all tests of a run; none,
/// said on stderr, where these are missing.
pub fn foreign_guest(language: &str) -> Option<PathBuf> {
    let path = guests().join(format!("relay_wasi_{language}.wasm"));
    let mut script = Command::new(root().join("scripts/wasi-guest.sh"));
    script.arg(language).arg(&path).env("FLUX_GUEST_TOOLS", tools());
    let output = script.output().expect("bash runs");
    if output.status.success() {
        return Some(path);
    }
    skip(&format!("no {language} sample: {}", String::from_utf8_lossy(&output.stderr)));
    None
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        // -1: ended by a signal.
        let status = output.status.code().unwrap_or(-1);
        Self { status, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// A project in a folder of its own, gone with the test.
pub struct Project {
    pub folder: TempDir,
}

impl Project {
    /// With this flux.toml.
    pub fn new(flux_toml: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        std::fs::write(folder.path().join("flux.toml"), flux_toml).expect("flux.toml is written");
        Self { folder }
    }

    /// guests/orders_rust as it is, its component built already.
    pub fn orders() -> Self {
        Self::orders_of(&guest("orders_rust", ""))
    }

    /// guests/orders_rust with the component of another language.
    pub fn orders_of(component: &Path) -> Self {
        let source = root().join("guests/orders_rust");
        let text = std::fs::read_to_string(source.join("flux.toml")).expect("orders has a flux.toml");
        let text = text.replace("source = \".\"", &format!("source = {:?}", component.display().to_string()));
        let project = Self::new(&text);
        let migrations = project.folder.path().join("migrations");
        std::fs::create_dir(&migrations).expect("a folder");
        for entry in std::fs::read_dir(source.join("migrations")).expect("orders has migrations") {
            let entry = entry.expect("a migration");
            std::fs::copy(entry.path(), migrations.join(entry.file_name())).expect("it is copied");
        }
        project
    }

    /// One guest that answers `GET /{*rest}` and `GET /`, with a bucket `b` in memory.
    pub fn of_guest(component: &Path, more: &str) -> Self {
        let is_bundle = component.extension().is_some_and(|extension| extension == "js");
        let engine = if is_bundle { "engine = \"v8\"\n" } else { "" };
        Self::new(&format!(
            "[app]\nname = \"test\"\n[guests.g]\nsource = {:?}\n{engine}[[http.routes]]\nroute = \"GET /\"\nguest = \"g\"\n\
             [[http.routes]]\nroute = \"GET /{{*rest}}\"\nguest = \"g\"\n[kv.b]\nmemory = true\n{more}",
            component.display().to_string()
        ))
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The command `flux`, in this project.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary("flux"));
        command.arg("-C").arg(self.path()).args(args).stdin(Stdio::null());
        command.env("FLUX_CACHE", cache()).env("FLUX_TOOLS", tools());
        // Projects in Rust share what cargo made for the others; its lock on the workspace's is held by the tests.
        command.env("CARGO_TARGET_DIR", built().join("new-target"));
        command
    }

    /// Runs `flux` to its end.
    pub fn flux(&self, args: &[&str]) -> Said {
        self.command(args).output().expect("flux runs").into()
    }

    /// Runs `flux ... --json` to its end and reads its document.
    pub fn flux_json(&self, args: &[&str]) -> (i32, Value) {
        let said = self.flux(&[args, &["--json"]].concat());
        let value = serde_json::from_str(&said.stdout);
        (said.status, value.unwrap_or_else(|error| panic!("{error}: {said:?}")))
    }

    /// Starts `flux run` on free ports, with environment variables.
    pub fn serve(&self, variables: &[(&str, &str)]) -> Server {
        self.serve_with(&[], variables)
    }

    /// Starts `flux run` with more options.
    pub fn serve_with(&self, options: &[&str], variables: &[(&str, &str)]) -> Server {
        let mut command =
            self.command(&["run", "--json", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
        command.args(options).envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("flux runs");
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        stdout.read_line(&mut line).expect("flux says where it listens");
        let Ok(said) = serde_json::from_str::<Value>(&line) else {
            let output = child.wait_with_output().expect("flux ended");
            panic!("flux run did not start: {}", String::from_utf8_lossy(&output.stderr));
        };
        let address = |key: &str| said[key].as_str().expect("an address").to_owned();
        Server { http: address("http"), admin: address("admin"), child: Some(child) }
    }
}

/// A `flux run` whose stderr is read line by line while it runs; ended with the test.
pub struct Followed {
    child: Child,
    pub http: String,
    /// What it said when it began, as JSON.
    pub began: Value,
    said: Receiver<String>,
}

impl Followed {
    /// Starts `flux <args>` in a project, on free ports.
    pub fn start(project: &Project, args: &[&str], variables: &[(&str, &OsStr)]) -> Self {
        let mut flux = project.command(args);
        flux.args(["--json", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
        flux.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = flux.spawn().expect("flux runs");
        let (sender, said) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("flux says where it listens");
        let Ok(began) = serde_json::from_str::<Value>(&line) else {
            panic!("flux {args:?} did not start: {:?}", said.iter().collect::<Vec<_>>());
        };
        Self { child, http: began["http"].as_str().expect("an address").to_owned(), began, said }
    }

    /// Waits for a line that has this in it: for two minutes after the line before it.
    pub fn wait_for(&self, text: &str) -> String {
        let mut before = Vec::new();
        while let Ok(line) = self.said.recv_timeout(Duration::from_secs(120)) {
            if line.contains(text) {
                return line;
            }
            before.push(line);
        }
        panic!("it never said: {text}, but: {before:#?}");
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Waits until it has ended by itself; its status and what it said besides.
    pub fn ended(mut self) -> Said {
        let stderr: Vec<_> = self.said.iter().collect();
        let status = self.child.wait().expect("flux ended").code().unwrap_or(-1);
        Said { status, stdout: String::new(), stderr: stderr.join("\n") }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running `flux run`, ended with the test.
pub struct Server {
    pub http: String,
    pub admin: String,
    child: Option<Child>,
}

impl Server {
    pub fn id(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Ends it as an operator does, and waits; what it said on stderr.
    pub fn stop(mut self) -> Said {
        let child = self.child.take().expect("it runs");
        signal(child.id(), "TERM");
        child.wait_with_output().expect("flux ended").into()
    }

    /// Ends it as a crash does.
    pub fn kill(mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().expect("kill -9");
        child.wait().expect("it ended");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Sends a signal to a process that a test started.
pub fn signal(id: u32, name: &str) {
    let status = Command::new("kill").arg(format!("-{name}")).arg(id.to_string()).status();
    assert!(status.expect("kill runs").success());
}

/// The payment endpoint, ended with the test.
pub struct Payments {
    pub url: String,
    child: Child,
}

impl Payments {
    pub fn start() -> Self {
        let mut child =
            Command::new(binary("payments")).stdout(Stdio::piped()).spawn().expect("payments runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("payments says where it listens");
        Self { url: line.trim().to_owned(), child }
    }
}

impl Drop for Payments {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A response, and the execution that gave it.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub execution: Option<String>,
    pub body: Vec<u8>,
}

/// One request over a connection of its own; `Err` where the connection broke.
pub fn request(base: &str, method: &str, path: &str, body: &str) -> std::io::Result<Answer> {
    request_with(base, method, path, "", body)
}

/// A request with more headers, each ended by `\r\n`.
pub fn request_with(
    base: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> std::io::Result<Answer> {
    use std::io::Write;
    let address = base.strip_prefix("http://").expect("a http address");
    let mut stream = std::net::TcpStream::connect(address)?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let broken = || std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "no whole response");
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(broken)?;
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    let header = |name: &str| {
        head.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
    };
    let body = bytes[end + 4..].to_vec();
    let length = header("content-length:").and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|length| length != body.len()) {
        return Err(broken());
    }
    Ok(Answer { status, execution: header("x-flux-execution:"), body })
}
