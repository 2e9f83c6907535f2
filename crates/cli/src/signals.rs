//! The signals that ask the program to end.

use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// The exit status of a program that a second signal ended.
const INTERRUPTED: i32 = 130;

/// Waits for SIGINT or SIGTERM. Both are listened for from the call on, not only once it is awaited: a signal that
/// comes right after the program said it is ready must not end it the hard way.
pub(crate) fn asked_to_end() -> impl Future<Output = std::io::Result<()>> {
    let listening = signal(SignalKind::interrupt()).and_then(|i| Ok((i, signal(SignalKind::terminate())?)));
    async {
        let (mut interrupt, mut terminate) = listening?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    }
}

/// From now on one more signal ends the program once `last` is done, and yet another one at once.
pub(crate) fn do_not_wait_long(last: impl Future<Output = ()> + Send + 'static) {
    let asked = asked_to_end();
    tokio::spawn(async {
        if asked.await.is_ok() {
            let again = asked_to_end();
            tokio::select! {
                () = last => {}
                _ = again => {}
            }
            std::process::exit(INTERRUPTED);
        }
    });
}

/// Completes when the flag is raised, or can no longer be.
pub(crate) async fn raised(mut flag: watch::Receiver<bool>) {
    let _ = flag.wait_for(|raised| *raised).await;
}

/// How a program ends that was interrupted before it was done.
pub(crate) fn interrupted() -> ExitCode {
    ExitCode::from(INTERRUPTED as u8)
}
