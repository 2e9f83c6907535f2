//! `countersign runner`: the built-in runner as a process of its own.

use crate::args::RunnerArguments;
use crate::signals;
use anyhow::bail;
use countersign_domain::token::RUNNER_PREFIX;
use countersign_runner::Config;
use std::process::ExitCode;
use tokio::sync::watch;

/// Runs until SIGINT or SIGTERM; running jobs are then ended and reported, or killed and removed at a second signal.
///
/// # Errors
/// The settings cannot be used, or the server refuses the token.
pub(crate) async fn run(arguments: RunnerArguments) -> anyhow::Result<ExitCode> {
    if !arguments.token.starts_with(RUNNER_PREFIX) {
        bail!(
            "the token of a runner begins with {RUNNER_PREFIX}; an administrator gets one from POST /api/v4/user/runners"
        );
    }
    let config = Config {
        url: arguments.url,
        token: arguments.token,
        name: name(),
        concurrent: usize::from(arguments.concurrent),
        builds_dir: arguments.builds_dir,
        check_interval: Config::DEFAULT_CHECK_INTERVAL,
        shell: Config::default_shell(),
    };
    let cut_off = watch::channel(false).0;
    let shutdown = async {
        if let Err(error) = signals::asked_to_end().await {
            tracing::error!(%error, "signals cannot be waited for");
        }
        let cut_off = cut_off.clone();
        signals::do_not_wait_long(async move {
            cut_off.send_replace(true);
            // The program ends when the runner has.
            std::future::pending().await
        });
    };
    countersign_runner::run(config, shutdown, signals::raised(cut_off.subscribe())).await?;
    Ok(if *cut_off.borrow() { signals::interrupted() } else { ExitCode::SUCCESS })
}

/// What the runner is called in logs of jobs: the machine's name, if it has one.
fn name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "runner".to_owned() } else { name.trim().to_owned() }
}
