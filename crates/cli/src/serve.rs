//! `countersign serve`: runs the server until it is asked to end.

use crate::args::ServeArguments;
use crate::first_start::{self, Made, Wanted};
use crate::{open_files, output, server, settings, signals};
use countersign_app::bootstrap::ROOT;
use nix::sys::stat::{Mode, umask};
use nix::unistd::Uid;
use std::process::ExitCode;
use std::time::Duration;

/// How long the runner in the same process waits after there was no job.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Runs until SIGINT or SIGTERM.
///
/// # Errors
/// The server cannot be started, or cannot go on.
pub(crate) async fn run(arguments: ServeArguments) -> anyhow::Result<ExitCode> {
    // Whatever the server writes is for its own user only.
    umask(Mode::from_bits_truncate(0o077));
    open_files::raise_limit();
    let settings = settings::of_server(arguments)?;
    let asked_to_end = signals::asked_to_end();
    let opened = server::open(&settings).await?;
    if let Some(made) = first_start::run(opened.app(), Wanted::from_environment()?).await? {
        // Before anything else can fail: another start does not show them.
        introduce(&made);
    }
    let mut server = opened.start().await?;
    if settings.with_runner {
        output::warning(runner_warning(Uid::effective().is_root()));
        server.add_runner(CHECK_INTERVAL).await?;
    }
    output::line(format_args!("Countersign {} is ready at {}", env!("CARGO_PKG_VERSION"), server.local_url));
    tokio::select! {
        asked = asked_to_end => asked?,
        error = server.failed() => return Err(error),
    }
    signals::do_not_wait_long(server.cut_off_runner());
    tracing::info!("ending: requests under way are finished first; another signal ends at once");
    server.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// What running jobs in the server's process means.
fn runner_warning(root: bool) -> String {
    let user = if root { "as root" } else { "as the server's user" };
    format!(
        "--with-runner: the scripts of jobs run {user} and can read AND CHANGE everything in the data directory, \
         approvals and the audit trail included; run `countersign runner` as another user, or on another machine, \
         where that matters"
    )
}

/// Shows the secrets of the first administrator that were made up, this once.
fn introduce(made: &Made) {
    if made.password.is_none() && made.token.is_none() {
        output::line(format_args!(
            "Created the administrator {ROOT:?} with the password and token of the environment."
        ));
        return;
    }
    output::line(format_args!("Created the administrator {ROOT:?}. What follows is not shown again:"));
    if let Some(password) = &made.password {
        output::line(format_args!("  password:              {password}"));
    }
    if let Some(token) = &made.token {
        output::line(format_args!("  personal access token: {token}"));
    }
}

#[cfg(test)]
mod tests {
    use super::runner_warning;

    #[test]
    fn the_warning_says_what_scripts_can_change_and_as_whom() {
        assert!(runner_warning(true).contains("as root") && !runner_warning(false).contains("as root"));
        assert!(runner_warning(false).contains("CHANGE") && runner_warning(false).contains("approvals"));
    }
}
