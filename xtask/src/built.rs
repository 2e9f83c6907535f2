//! What cargo builds for the tests: the programs that run them, and the server that most of them test.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::shell;

/// The server's package, and its program.
const SERVER: &str = "countersign";

/// A program that runs tests.
#[derive(Debug, PartialEq)]
pub(crate) struct Tests {
    /// What people call it: its package and target.
    pub(crate) name: String,
    pub(crate) executable: PathBuf,
    /// Where cargo would run it.
    pub(crate) directory: PathBuf,
}

/// A message of cargo about something it built.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    profile: Option<Profile>,
    target: Option<Target>,
    manifest_path: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Builds all tests and the server.
///
/// # Errors
/// They do not build.
pub(crate) fn all() -> Result<(Vec<Tests>, PathBuf)> {
    let messages = build(&[])?;
    Ok((messages.iter().filter_map(tests_of).collect(), find_server(&messages)?))
}

/// Builds the server as it is tested. With whatever else it is built, it is the same one.
///
/// # Errors
/// It does not build.
pub(crate) fn server() -> Result<PathBuf> {
    // Cargo chooses the features of dependencies for what it builds together: hence the workspace, and of it the tests of
    // the program alone, with which the program comes.
    find_server(&build(&["--test", "serve"])?)
}

fn build(of: &[&str]) -> Result<Vec<Message>> {
    let mut cargo = shell::cargo();
    cargo.args(["test", "--workspace", "--locked", "--no-run", "--message-format=json-render-diagnostics"]).args(of);
    let messages = shell::output(&mut cargo)?;
    Ok(messages.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

fn find_server(messages: &[Message]) -> Result<PathBuf> {
    messages.iter().find_map(server_program).context("cargo built no server")
}

fn server_program(message: &Message) -> Option<PathBuf> {
    let (profile, target) = (message.profile.as_ref()?, message.target.as_ref()?);
    let wanted = target.name == SERVER && target.kind == ["bin"] && !profile.test;
    message.executable.clone().filter(|_| wanted)
}

fn tests_of(message: &Message) -> Option<Tests> {
    let (profile, target) = (message.profile.as_ref()?, message.target.as_ref()?);
    let directory = message.manifest_path.as_ref()?.parent()?.to_owned();
    let package = directory.file_name()?.to_string_lossy().into_owned();
    let kind = target.kind.first().filter(|kind| *kind != "test").map_or(String::new(), |kind| format!(" ({kind})"));
    let executable = message.executable.clone().filter(|_| profile.test)?;
    Some(Tests { name: format!("{package}: {}{kind}", target.name), executable, directory })
}

#[cfg(test)]
mod tests {
    use super::{Message, server_program, tests_of};
    use std::path::PathBuf;

    fn message(name: &str, kind: &str, test: bool, executable: &str) -> Message {
        let text = format!(
            r#"{{"reason":"compiler-artifact","manifest_path":"/w/crates/ci/Cargo.toml","profile":{{"test":{test}}},
            "target":{{"name":"{name}","kind":["{kind}"]}},"executable":{executable}}}"#
        );
        serde_json::from_str(&text).expect("a message")
    }

    #[test]
    fn only_programs_that_run_tests_are_run() {
        let found = tests_of(&message("lint", "test", true, r#""/w/target/lint-1""#)).expect("a program");
        assert_eq!((found.name.as_str(), found.directory.to_str()), ("ci: lint", Some("/w/crates/ci")));
        assert_eq!(tests_of(&message("lint", "test", false, r#""/w/target/lint-1""#)), None);
        assert_eq!(tests_of(&message("lint", "test", true, "null")), None);
    }

    #[test]
    fn the_server_is_the_program_itself() {
        let program = r#""/w/target/countersign""#;
        let found = server_program(&message("countersign", "bin", false, program));
        assert_eq!(found, Some(PathBuf::from("/w/target/countersign")));
        assert_eq!(server_program(&message("countersign", "bin", true, program)), None);
        assert_eq!(server_program(&message("xtask", "bin", false, program)), None);
    }
}
