//! One job from the server's hand to its final report. Nothing that happens here can end the runner.

use std::sync::Arc;

use countersign_wire::runner::{FailureReason, Job};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use crate::client::Client;
use crate::execute::{Host, Outcome, execute};
use crate::mask::Masker;
use crate::report::{Acknowledged, Report, canceled_before_start};
use crate::stop::{self, Stop, Stopper};
use crate::trace::Trace;

/// Whether the runner's jobs are to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Halt {
    /// They are not.
    Not,
    /// They are told to, and are reported.
    Orderly,
    /// They are killed, and their files removed.
    AtOnce,
}

/// Acknowledges `job`, runs it, and reports its end, unless `halt` says otherwise. When this returns, nothing is left of
/// the job.
pub(crate) async fn supervise(client: Arc<Client>, host: Arc<Host>, job: Job, halt: watch::Receiver<Halt>) {
    let mut running = JoinSet::new();
    let mut cut_off = halt.clone();
    tokio::select! {
        () = carry_out(client, host, job, halt, &mut running) => {}
        // An error means that the runner is gone, and so must the job be.
        _ = cut_off.wait_for(|halt| *halt == Halt::AtOnce) => {}
    }
    running.shutdown().await;
}

/// Runs a job in `running` and reports it from its acknowledgement to its end.
async fn carry_out(
    client: Arc<Client>,
    host: Arc<Host>,
    job: Job,
    halt: watch::Receiver<Halt>,
    running: &mut JoinSet<Outcome>,
) {
    let id = job.id;
    let trace = Arc::new(Trace::new(masker(&job)));
    let job = Arc::new(job);
    let mut report = Report::new(client, Arc::clone(&job), Arc::clone(&trace));
    match report.acknowledge().await {
        Acknowledged::Run => {}
        Acknowledged::Cancel => return report.close(&canceled_before_start(), true).await,
        Acknowledged::Drop => return tracing::info!(job = id, "the server took the job back"),
    }
    tracing::info!(job = id, name = job.job_info.name, project = job.job_info.project_full_path, "job started");
    let (stopper, stopped) = stop::channel();
    running.spawn(execute(host, job, Arc::clone(&trace), stopped.clone()));
    let ended = tokio::select! {
        ended = running.join_next() => ended,
        () = watch_over(&mut report, &stopper, halt) => None,
    };
    let outcome = match ended {
        Some(Ok(outcome)) => outcome,
        Some(Err(error)) => broken(&trace, id, &error),
        None => system_failure(),
    };
    trace.finish();
    report.close(&outcome, stopped.given() != Some(Stop::Abort)).await;
    tracing::info!(job = id, failure = outcome.failure.map(FailureReason::code), "job ended");
}

/// Streams the log and passes on the order to stop. Never ends by itself.
async fn watch_over(report: &mut Report, stopper: &Stopper, mut halt: watch::Receiver<Halt>) {
    let obey = async {
        // An error means that the runner is gone, which is a shutdown too.
        let _ = halt.wait_for(|halt| *halt > Halt::Not).await;
        stopper.raise(Stop::Shutdown);
    };
    tokio::join!(obey, report.stream(stopper));
}

/// Hides all of the job that is known to be secret before the first variable is resolved.
fn masker(job: &Job) -> Masker {
    let masked = job.variables.iter().filter(|variable| variable.masked).map(|variable| variable.value.as_str());
    let secrets = masked.chain([job.token.as_str()]);
    Masker::new(secrets, &job.features.token_mask_prefixes)
}

/// The outcome of a job whose execution broke off, by a panic in this program.
fn broken(trace: &Trace, id: i64, error: &JoinError) -> Outcome {
    tracing::error!(job = id, %error, "a job broke off");
    trace.line("\x1b[31;1mERROR: Job failed (system failure): the runner met an internal error\x1b[0;m");
    system_failure()
}

fn system_failure() -> Outcome {
    Outcome { failure: Some(FailureReason::RunnerSystemFailure), exit_code: None }
}
