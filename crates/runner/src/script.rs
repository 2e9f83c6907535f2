//! Turns a step's commands into one shell script that echoes each command before it runs it.

use std::path::Path;

/// Whether the shell is bash, which knows `pipefail`.
pub(crate) fn is_bash(shell: &Path) -> bool {
    shell.file_name().is_some_and(|name| name == "bash")
}

/// The script for `commands`: it ends with the first command that fails.
pub(crate) fn build(commands: &[String], bash: bool) -> String {
    let mut script = String::from(if bash { "set -eo pipefail\n" } else { "set -e\n" });
    for command in commands {
        script.push_str("printf '%s\\n' ");
        script.push_str(&quote(&echo(command)));
        script.push('\n');
        script.push_str(command);
        script.push('\n');
    }
    script
}

/// The line that shows a command in the log, in green; only the first line of a longer command.
fn echo(command: &str) -> String {
    let mut lines = command.trim_end().lines();
    let first = lines.next().unwrap_or_default();
    let more = if lines.next().is_some() { " # collapsed multi-line command" } else { "" };
    format!("\x1b[32;1m$ {first}{more}\x1b[0;m")
}

/// Quotes text for a POSIX shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{build, is_bash};

    #[test]
    fn every_command_is_echoed_before_it_runs() {
        let commands = ["echo 'a b'".to_owned(), "false\ntrue\n".to_owned()];
        assert_eq!(
            build(&commands, true),
            "set -eo pipefail\n\
             printf '%s\\n' '\x1b[32;1m$ echo '\\''a b'\\''\x1b[0;m'\necho 'a b'\n\
             printf '%s\\n' '\x1b[32;1m$ false # collapsed multi-line command\x1b[0;m'\nfalse\ntrue\n\n"
        );
    }

    #[test]
    fn only_bash_gets_pipefail() {
        assert_eq!(build(&[], false), "set -e\n");
        assert!(is_bash(Path::new("/usr/bin/bash")));
        assert!(!is_bash(Path::new("/bin/sh")));
    }
}
