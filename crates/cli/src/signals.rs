//! The signals that ask the program to end.

use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// The exit status of a program that a second signal ended.
const INTERRUPTED: i32 = 130;

/// Waits for SIGINT or SIGTERM.
///
/// # Errors
/// The system does not let the program listen for them.
pub(crate) async fn asked_to_end() -> std::io::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// From now on one more signal ends the program at once.
pub(crate) fn do_not_wait_long() {
    tokio::spawn(async {
        if asked_to_end().await.is_ok() {
            std::process::exit(INTERRUPTED);
        }
    });
}

/// How a program ends that was interrupted before it was done.
pub(crate) fn interrupted() -> ExitCode {
    ExitCode::from(INTERRUPTED as u8)
}
