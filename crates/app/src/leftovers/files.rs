//! Logs and files of jobs that nothing leads to any more.

use crate::artifacts::Shelf;
use crate::traces::Traces;
use crate::{App, Failure, Result, Tx};
use countersign_domain::ids::JobId;
use countersign_store::{artifacts, recovery};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a file was not written that is looked at: what is on its way is noted much sooner.
const QUIET: Duration = Duration::from_secs(3600);
/// How many jobs are asked for at once.
const AT_ONCE: usize = 100;

/// The files of a project's jobs.
type Files = BTreeMap<JobId, Vec<PathBuf>>;

/// Removes logs of jobs that are gone or were erased, and files that no job has any more. To be run once, beside the server;
/// it may be dropped at any moment. As with projects, only what belongs to jobs older than the newest one is touched.
///
/// # Errors
/// The store's. What cannot be removed can be reached by nobody, and is only logged.
pub async fn remove_files(app: &App) -> Result<()> {
    let look = |tx: &mut Tx<'_>| Ok::<_, Failure>((recovery::projects(tx)?, recovery::newest_job(tx)?));
    let (projects, newest) = app.store.scan(look).await?;
    let Some(newest) = newest else { return Ok(()) };
    let (traces, shelf) = (Traces::of(&app.config), Shelf::of(&app.config));
    for project in projects {
        let lists = (traces.clone(), shelf.clone());
        let list = move || (quiet(lists.0.files(project), newest), quiet(lists.1.files(project), newest));
        let Ok((logs, files)) = tokio::task::spawn_blocking(list).await else { continue };
        remove_logs(app, &logs).await?;
        remove_artifacts(app, &files).await?;
    }
    Ok(())
}

/// Those that were not written for a while, of jobs older than the newest.
fn quiet(found: Vec<(JobId, PathBuf)>, newest: JobId) -> Files {
    let mut files = Files::new();
    for (job, path) in found.into_iter().filter(|(job, path)| *job < newest && is_quiet(path)) {
        files.entry(job).or_default().push(path);
    }
    files
}

fn is_quiet(path: &Path) -> bool {
    let written = fs::metadata(path).and_then(|meta| meta.modified());
    written.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > QUIET))
}

/// Their jobs, as many at once as are asked for.
fn batches(files: &Files) -> Vec<Vec<i64>> {
    let jobs: Vec<i64> = files.keys().map(|job| job.0).collect();
    jobs.chunks(AT_ONCE).map(<[i64]>::to_vec).collect()
}

async fn remove_logs(app: &App, logs: &Files) -> Result<()> {
    for jobs in batches(logs) {
        let asked = jobs.clone();
        let left = app.store.scan(move |tx: &mut Tx<'_>| Ok::<_, Failure>(recovery::unerased(tx, &asked)?)).await?;
        let gone = jobs.into_iter().map(JobId).filter(|job| !left.contains(job));
        clear(gone.filter_map(|job| logs.get(&job)).flatten().cloned().collect(), |path| fs::remove_file(path)).await;
    }
    Ok(())
}

async fn remove_artifacts(app: &App, files: &Files) -> Result<()> {
    for jobs in batches(files) {
        let asked = jobs.clone();
        let known = app.store.scan(move |tx: &mut Tx<'_>| Ok::<_, Failure>(artifacts::of_jobs(tx, &asked)?)).await?;
        let known: BTreeSet<String> = known.into_iter().map(|artifact| artifact.file).collect();
        let is_known = |path: &Path| path.file_name().and_then(|name| name.to_str()).is_some_and(|n| known.contains(n));
        let lying = jobs.into_iter().filter_map(|job| files.get(&JobId(job))).flatten();
        clear(lying.filter(|path| !is_known(path)).cloned().collect(), Shelf::clear).await;
    }
    Ok(())
}

/// Removes files where that holds up nobody.
async fn clear(paths: Vec<PathBuf>, remove: fn(&Path) -> io::Result<()>) {
    let work = move || {
        for path in paths {
            match remove(&path) {
                Err(why) if why.kind() != ErrorKind::NotFound => {
                    tracing::warn!(path = %path.display(), %why, "a file that nothing leads to is still there");
                }
                _ => {}
            }
        }
    };
    if let Err(why) = tokio::task::spawn_blocking(work).await {
        tracing::warn!(%why, "files that nothing leads to are still there");
    }
}
