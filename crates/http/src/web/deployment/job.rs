//! The job of a deployment: the end of its log, and what is done with it.

use crate::reply::ApiError;
use crate::state::AppState;
use crate::web::card::Badge;
use crate::web::deeds::Deeds;
use crate::web::job::on_log;
use crate::web::log::{self, Around, Window};
use crate::web::view::below;
use countersign_app::deployments::Dossier;
use countersign_app::job_dossier::offered;

/// The most lines of the log that are shown.
pub(super) const MOST_LINES: usize = 15;

/// The job of a deployment, with the end of its log.
pub(super) struct Job {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) status: Badge,
    pub(super) log: Window,
}

/// The job with the end of its log: for those who may read that, once there is one.
///
/// # Errors
/// The log cannot be read.
pub(super) async fn load(app: &AppState, of: &Dossier) -> Result<Option<Job>, ApiError> {
    let readable = of.with_job && of.with_code;
    let Some(job) = of.item.case.job.as_ref().filter(|job| readable && job.erased_at.is_none()) else {
        return Ok(None);
    };
    let last = |file: &std::fs::File| log::window(file, Around::Last(MOST_LINES));
    let window = on_log(app, job.project_id, job.id, last).await?;
    let log = window.or_else(|| job.status.is_claimed().then(Window::nothing));
    let href = below(&of.item.project, &format!("jobs/{}", job.id));
    Ok(log.map(|log| Job { href, name: job.name.clone(), status: Badge::of_job(job.status), log }))
}

/// What is done with the job. That its log can be erased is for the page of the job to say.
pub(super) fn deeds(of: &Dossier) -> Deeds {
    match of.item.case.job.as_ref().filter(|_| of.with_job) {
        Some(job) => Deeds::of_job(&of.item.project, job, offered(&of.acts, job, false)),
        None => Deeds::default(),
    }
}
