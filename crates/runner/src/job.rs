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

/// Acknowledges `job`, runs it, and reports its end. It ends early once `shutdown` is true.
pub(crate) async fn supervise(client: Arc<Client>, host: Arc<Host>, job: Job, shutdown: watch::Receiver<bool>) {
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
    let mut running = JoinSet::new();
    running.spawn(execute(host, job, Arc::clone(&trace), stopped.clone()));
    let ended = tokio::select! {
        ended = running.join_next() => ended,
        () = watch_over(&mut report, &stopper, shutdown) => None,
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
async fn watch_over(report: &mut Report, stopper: &Stopper, mut shutdown: watch::Receiver<bool>) {
    let obey = async {
        // An error means that the runner is gone, which is a shutdown too.
        let _ = shutdown.wait_for(|ordered| *ordered).await;
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
