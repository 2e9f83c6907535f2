//! `countersign serve`: runs the server until it is asked to end.

use crate::args::ServeArguments;
use crate::first_start::{self, Made, Wanted};
use crate::{output, server, settings, signals};
use countersign_app::bootstrap::ROOT;
use std::process::ExitCode;
use std::time::Duration;

/// How long the runner in the same process waits after there was no job.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Runs until SIGINT or SIGTERM.
///
/// # Errors
/// The server cannot be started, or cannot go on.
pub(crate) async fn run(arguments: ServeArguments) -> anyhow::Result<ExitCode> {
    let settings = settings::of_server(arguments)?;
    let asked_to_end = signals::asked_to_end();
    let opened = server::open(&settings).await?;
    let made = first_start::run(opened.app(), Wanted::from_environment()).await?;
    let mut server = opened.start().await?;
    if settings.with_runner {
        output::warning(
            "--with-runner: the scripts of jobs run as the server's user and can read everything in the data \
             directory; run `countersign runner` as another user, or on another machine, where that matters",
        );
        server.add_runner(CHECK_INTERVAL).await?;
    }
    if let Some(made) = made {
        introduce(&made);
    }
    output::line(format_args!("Countersign {} is ready at {}", env!("CARGO_PKG_VERSION"), server.local_url));
    tokio::select! {
        asked = asked_to_end => asked?,
        error = server.failed() => return Err(error),
    }
    signals::do_not_wait_long();
    tracing::info!("ending: requests under way are finished first; another signal ends at once");
    server.stop().await;
    Ok(ExitCode::SUCCESS)
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
