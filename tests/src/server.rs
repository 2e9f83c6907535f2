//! The real server: the binary itself, on fresh data, on either engine.

use crate::process::Process;
use crate::{Client, Engine, Person, database};
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{LazyLock, Mutex, OnceLock, mpsc};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// The first administrator's token.
pub const ROOT_TOKEN: &str = "glpat-black-box-root-token";
/// The first administrator's password.
pub const ROOT_PASSWORD: &str = "correct horse battery staple";
/// How long the server may take to say that it is ready; generous, since debug builds hash slowly.
const START: Duration = Duration::from_secs(60);

/// A server with data of its own.
#[derive(Debug)]
pub struct Server {
    /// Where it listens: `http://127.0.0.1:<port>`, the same after a restart.
    pub url: String,
    /// What it keeps its data in.
    pub engine: Engine,
    /// The people of all worlds on this server.
    pub(crate) cast: OnceCell<Vec<Person>>,
    pub(crate) database_url: Option<String>,
    process: Mutex<Option<Process>>,
    more: Vec<String>,
    dir: TempDir,
}

/// The server that all tests of a file share, on that engine; started by the first who asks.
pub async fn shared(engine: Engine) -> &'static Server {
    static SQLITE: OnceCell<Server> = OnceCell::const_new();
    static POSTGRES: OnceCell<Server> = OnceCell::const_new();
    let cell = if engine == Engine::Sqlite { &SQLITE } else { &POSTGRES };
    cell.get_or_init(|| Server::start(engine)).await
}

/// The binary under test: `COUNTERSIGN_BIN`, or one built now, in the profile of the tests.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os("COUNTERSIGN_BIN") {
        Some(path) => PathBuf::from(path),
        None => build(),
    })
}

fn build() -> PathBuf {
    // The test runs from target/<profile>/deps.
    let test = std::env::current_exe().expect("the test knows its path");
    let profile = test.ancestors().nth(2).expect("target/<profile>").to_owned();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", "countersign", "--target-dir"]).arg(profile.parent().expect("target"));
    if profile.file_name().is_some_and(|name| name == "release") {
        cargo.arg("--release");
    }
    // Set by the cargo that runs the tests. Build scripts ask for them, and would have much built anew.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
            cargo.env_remove(name);
        }
    }
    let status = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("cargo runs");
    assert!(status.success(), "the binary could not be built");
    profile.join("countersign")
}

impl Server {
    /// Starts a server on fresh data.
    pub async fn start(engine: Engine) -> Server {
        Server::start_with(engine, &[]).await
    }

    /// Starts a server on fresh data, with further arguments.
    pub async fn start_with(engine: Engine, more: &[&str]) -> Server {
        let more = more.iter().map(|argument| (*argument).to_owned()).collect();
        tokio::task::spawn_blocking(move || Server::start_now(engine, more)).await.expect("the server starts")
    }

    fn start_now(engine: Engine, more: Vec<String>) -> Server {
        let dir = tempfile::Builder::new().prefix("countersign-test.").tempdir().expect("a temporary directory");
        let process = Mutex::new(None);
        let database_url = (engine == Engine::Postgres).then(database::create);
        let cast = OnceCell::new();
        let mut server = Server { url: String::new(), engine, cast, database_url, process, more, dir };
        server.url = server.launch("127.0.0.1:0", &[]);
        server
    }

    /// Runs the binary and returns the address it says it is ready at.
    fn launch(&self, listen: &str, for_now: &[&str]) -> String {
        let log = OpenOptions::new().create(true).append(true).open(self.log_path()).expect("a log file");
        let mut command = Command::new(binary());
        command.args(["serve", "--listen", listen]).args(self.database_arguments()).args(&self.more).args(for_now);
        command.env("COUNTERSIGN_ROOT_TOKEN", ROOT_TOKEN).env("COUNTERSIGN_ROOT_PASSWORD", ROOT_PASSWORD);
        command.stdout(Stdio::piped()).stderr(log);
        let mut process = Process::spawn(&mut command, Some(self.dir.path()));
        let (say, said) = mpsc::channel();
        let out = BufReader::new(process.stdout().expect("piped"));
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if let Some(url) = line.split_whitespace().find(|word| word.starts_with("http://")) {
                    let _ = say.send(url.trim_end_matches(['/', '.']).to_owned());
                }
            }
        });
        let url = said.recv_timeout(START);
        let url = url.unwrap_or_else(|_| panic!("the server did not get ready; its log:\n{}", self.log()));
        *self.process.lock().expect("no panic holds it") = Some(process);
        url
    }

    fn database_arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--data-dir".into(), self.data_dir().display().to_string()];
        if let Some(url) = &self.database_url {
            arguments.extend(["--database-url".into(), url.clone()]);
        }
        arguments
    }

    /// Ends the server as a power cut would: `SIGKILL`.
    pub fn kill(&self) {
        drop(self.process.lock().expect("no panic holds it").take());
    }

    /// Asks the server to end, as a service manager does, and waits until it has; how long that took.
    ///
    /// # Panics
    /// It does not end within `patience`.
    pub async fn end(&self, patience: Duration) -> Duration {
        let mut process = self.process.lock().expect("no panic holds it").take().expect("it runs");
        let (begun, id) = (tokio::time::Instant::now(), process.id().to_string());
        let asked = Command::new("kill").args(["-TERM", &id]).status().expect("kill runs");
        assert!(asked.success());
        while process.is_alive() {
            assert!(begun.elapsed() < patience, "the server does not end; its log:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        begun.elapsed()
    }

    /// Starts the server again, at the same address and on the same data.
    pub async fn restart(&self) {
        self.restart_with(&[]).await;
    }

    /// As [`Server::restart`], with further arguments until the next.
    pub async fn restart_with(&self, more: &[&str]) {
        self.kill();
        let listen = self.url.trim_start_matches("http://").to_owned();
        let url = tokio::task::block_in_place(|| self.launch(&listen, more));
        assert_eq!(url, self.url);
    }

    /// Where repositories, logs and the embedded database are.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A place for a test's own files; removed with the server.
    pub fn scratch(&self) -> &Path {
        self.dir.path()
    }

    /// What the server logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.dir.path().join("server.log")
    }

    /// A client that is nobody yet.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.url)
    }

    /// The first administrator.
    pub fn root(&self) -> Client {
        self.anonymous().with_token(ROOT_TOKEN)
    }

    /// Changes the data behind the server's back, for what only time brings about.
    ///
    /// # Panics
    /// The database does not take it.
    pub fn meddle(&self, sql: &str) {
        if let Some(url) = &self.database_url {
            return database::run(url, sql);
        }
        let database = rusqlite::Connection::open(self.data_dir().join("countersign.db")).expect("the database");
        database.busy_timeout(START).expect("a time");
        database.execute_batch(sql).expect("a statement");
    }

    /// Runs `countersign audit verify` on this server's data.
    pub fn audit_verify(&self) -> Output {
        let mut command = Command::new(binary());
        command.args(["audit", "verify"]).args(self.database_arguments()).output().expect("the binary runs")
    }

    /// The description of the REST API, as this binary prints it.
    ///
    /// # Panics
    /// It prints none.
    pub fn document() -> serde_json::Value {
        let printed = Command::new(binary()).arg("openapi").output().expect("the binary runs");
        serde_json::from_slice(&printed.stdout).expect("an OpenAPI document")
    }

    /// How many files lie in a directory of the server's data, at any depth.
    pub fn files_below(&self, name: &str) -> usize {
        let mut directories = vec![self.data_dir().join(name)];
        let mut files = 0;
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => directories.push(entry.path()),
                    _ => files += 1,
                }
            }
        }
        files
    }

    /// Starts the built-in runner as a process of its own.
    pub fn start_runner(&self, token: &str, concurrent: u16) -> Process {
        static NUMBER: LazyLock<Mutex<u32>> = LazyLock::new(|| Mutex::new(0));
        let number = {
            let mut number = NUMBER.lock().expect("no panic holds it");
            *number += 1;
            *number
        };
        let log = OpenOptions::new().create(true).append(true).open(self.dir.path().join("runner.log"));
        let mut command = Command::new(binary());
        command.args(["runner", "--url", &self.url, "--concurrent", &concurrent.to_string(), "--builds-dir"]);
        command.arg(self.dir.path().join(format!("builds-{number}")));
        command.env("COUNTERSIGN_RUNNER_TOKEN", token);
        command.stdout(Stdio::null()).stderr(log.expect("a log file"));
        Process::spawn(&mut command, None)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if let Some(url) = &self.database_url {
            database::drop(url);
        }
    }
}
