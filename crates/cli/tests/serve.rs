//! The server as a process: its first start, its end, and settings that cannot work.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

fn countersign(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COUNTERSIGN_")) {
        command.env_remove(name);
    }
    command
}

/// A server that ends with its test, however that ends.
struct Running(Child);

impl Running {
    fn stop(mut self) -> ExitStatus {
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().expect("kill");
        assert!(asked.success());
        self.0.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, which is fine.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server that says it is ready, and what it printed until then.
fn serve(data_dir: &Path, change: impl FnOnce(&mut Command)) -> (Running, Vec<String>) {
    let mut command = countersign(&["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
    command.arg(data_dir).stdout(Stdio::piped()).stderr(Stdio::piped());
    change(&mut command);
    let mut running = Running(command.spawn().expect("the server"));
    let mut lines = Vec::new();
    for line in BufReader::new(running.0.stdout.as_mut().unwrap()).lines() {
        lines.push(line.unwrap());
        if lines.last().unwrap().contains("is ready at") {
            return (running, lines);
        }
    }
    let mut errors = String::new();
    running.0.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    panic!("the server ended before it was ready: {lines:?}\n{errors}");
}

fn text(of: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&of.stdout), String::from_utf8_lossy(&of.stderr))
}

#[test]
fn the_first_start_shows_random_secrets_once_and_the_trail_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (running, lines) = serve(&data, |_| ());
    let printed = lines.join("\n");
    assert!(printed.contains("personal access token: glpat-") && printed.contains("password:"), "{printed}");
    let ready = lines.last().unwrap();
    assert!(ready.starts_with("Countersign ") && ready.contains(" is ready at http://127.0.0.1:"), "{ready}");
    assert!(!ready.ends_with(":0"));
    assert!(running.stop().success());
    let (running, lines) = serve(&data, |_| ());
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(running.stop().success());
    let verified = countersign(&["audit", "verify", "--data-dir"]).arg(&data).output().unwrap();
    assert!(verified.status.success() && text(&verified).contains("whole: 2 records"), "{}", text(&verified));
    let end = text(&verified).lines().last().unwrap().to_owned();
    let expect = |end: &str| {
        countersign(&["audit", "verify", "--expect", end, "--data-dir"]).arg(&data).status().unwrap().success()
    };
    assert!(end.starts_with("2:") && expect(&end));
    assert!(!expect(&end.replacen('2', "1", 1)) && !expect(&end.replacen('2', "3", 1)));
}

#[test]
fn a_first_start_that_fails_has_shown_the_secrets_that_it_made() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("runner-token"), "").unwrap();
    let mut command = countersign(&["serve", "--listen", "127.0.0.1:0", "--with-runner", "--data-dir"]);
    let failed = command.arg(dir.path()).output().unwrap();
    let printed = text(&failed);
    assert!(!failed.status.success() && printed.contains("runner-token"), "{printed}");
    assert!(printed.contains("personal access token: glpat-") && printed.contains("password:"), "{printed}");
}

#[test]
fn given_secrets_are_used_and_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    let (running, lines) = serve(dir.path(), |command| {
        command
            .env("COUNTERSIGN_ROOT_PASSWORD", "a-given-password")
            .env("COUNTERSIGN_ROOT_TOKEN", "a-given-token-of-26-letters");
    });
    let printed = lines.join("\n");
    assert!(printed.contains("Created the administrator") && !printed.contains("a-given"), "{printed}");
    assert!(running.stop().success());
}

#[test]
fn a_weak_first_token_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = countersign(&["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
    let output = command.arg(dir.path()).env("COUNTERSIGN_ROOT_TOKEN", "too-short").output().unwrap();
    assert!(!output.status.success());
    let text = text(&output);
    assert!(text.contains("COUNTERSIGN_ROOT_TOKEN") && text.contains("20") && !text.contains("too-short"), "{text}");
}

#[test]
fn the_environment_and_the_file_set_what_flags_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("countersign.toml");
    std::fs::write(&file, format!("data_dir = {:?}\n", dir.path().join("from-the-file"))).unwrap();
    let mut command = countersign(&["audit", "verify"]);
    let output = command.env("COUNTERSIGN_CONFIG", &file).output().unwrap();
    assert!(!output.status.success() && text(&output).contains("from-the-file"), "{}", text(&output));
    let output = command.env("COUNTERSIGN_DATA_DIR", "from-the-environment").output().unwrap();
    assert!(text(&output).contains("from-the-environment"), "{}", text(&output));
    let output = command.args(["--data-dir", "from-a-flag"]).output().unwrap();
    assert!(text(&output).contains("from-a-flag"), "{}", text(&output));
}

#[test]
fn the_openapi_document_is_json_with_the_main_routes() {
    let output = countersign(&["openapi"]).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(document["paths"]["/api/v4/groups/{id}/protected_environments"]["post"].is_object());
}
