//! The logs of jobs: files that only grow, and are packed when their jobs are over.

mod archive;
mod sweep;

pub use sweep::sweep;

pub(crate) mod resend;

use crate::{App, Config, Failure, Result, update_job};
use countersign_domain::ids::{JobId, ProjectId};
use countersign_domain::job::Status;
use countersign_domain::time::Timestamp;
use countersign_domain::token;
use countersign_store::jobs;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The longest log that is kept, in bytes; what comes after is dropped with a notice.
pub const LONGEST: u64 = 16 * 1024 * 1024;
/// What a log ends with that grew too long.
const NOTICE: &[u8] = b"\nThe log is longer than 16 MiB; the rest was dropped.\n";
/// How long after its end a job may still send the rest of its log, in milliseconds.
const TAIL: i64 = 5 * 60 * 1000;

/// What became of a piece of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It was stored; so much was received so far.
    Stored(u64),
    /// It does not begin where the log ends; so much was received so far.
    Elsewhere(u64),
}

/// What the server answers to a piece of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patched {
    /// The token is not that job's.
    Unknown,
    /// The job was over too long ago.
    Over(Status),
    /// The piece was looked at, and the job's status.
    Looked(Appended, Status),
}

/// The logs below a data directory.
#[derive(Debug, Clone)]
pub struct Traces {
    root: PathBuf,
}

impl Traces {
    /// Those of a server.
    pub fn of(config: &Config) -> Traces {
        Traces { root: config.data_dir.join("traces") }
    }

    /// Appends a piece that begins at `first`. A piece that was received before, or that leaves a gap, is not stored.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn append(&self, project: ProjectId, job: JobId, first: u64, piece: &[u8]) -> io::Result<Appended> {
        let mut file = self.open_to_append(project, job)?;
        file.lock()?;
        let received = self.received(project, job, &file)?;
        if first != received {
            return Ok(Appended::Elsewhere(received));
        }
        let total = received.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if total > LONGEST {
            // First the count, so that a crash in between never makes the log seem longer than what was sent.
            self.note_received(project, job, total)?;
        }
        let room = usize::try_from(LONGEST.saturating_sub(received)).unwrap_or(usize::MAX);
        file.write_all(piece.get(..room).unwrap_or(piece))?;
        if received <= LONGEST && total > LONGEST {
            file.write_all(NOTICE)?;
        }
        Ok(Appended::Stored(total))
    }

    fn open_to_append(&self, project: ProjectId, job: JobId) -> io::Result<File> {
        let open = || OpenOptions::new().append(true).create(true).open(self.path(project, job));
        match present(open())? {
            Some(file) => Ok(file),
            None => {
                fs::create_dir_all(self.directory(project))?;
                open()
            }
        }
    }

    /// A log from the byte `from` on; empty if there is none.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self, project: ProjectId, job: JobId, from: u64) -> io::Result<Vec<u8>> {
        let Some(mut file) = self.open(project, job)? else { return Ok(Vec::new()) };
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Opens a log to read it; none if there is none. One that was packed is unpacked into a file without a name.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn open(&self, project: ProjectId, job: JobId) -> io::Result<Option<File>> {
        match present(File::open(self.path(project, job)))? {
            Some(file) => Ok(Some(file)),
            None => archive::open(&self.archive(project, job)),
        }
    }

    /// Whether there is a log of a job, empty or not.
    pub fn has(&self, project: ProjectId, job: JobId) -> bool {
        self.path(project, job).is_file() || self.archive(project, job).is_file()
    }

    /// Packs the log of a job that is over, if it has one that is not packed yet. Should its runner have been lost while it
    /// was to send the log again, the longest of what it sent is packed.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn pack(&self, project: ProjectId, job: JobId) -> io::Result<()> {
        self.settle(project, job)?;
        let path = self.path(project, job);
        let Some(mut file) = present(File::open(&path))? else { return Ok(()) };
        archive::write(&mut file, &self.archive(project, job))?;
        // The packed log is durable from here on; until then, and at every moment, one of the two is there.
        for path in [path, self.count(project, job)] {
            present(fs::remove_file(path))?;
        }
        Ok(())
    }

    /// Removes the log of a job that is to run anew, or whose log was erased. One that is not there is removed already.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn remove(&self, project: ProjectId, job: JobId) -> io::Result<()> {
        for path in [self.path(project, job), self.archive(project, job), self.count(project, job)] {
            present(fs::remove_file(path))?;
        }
        self.forget_before(project, job)
    }

    /// Removes all logs of a project that was deleted.
    ///
    /// # Errors
    /// The directory cannot be removed.
    pub fn forget(&self, project: ProjectId) -> io::Result<()> {
        present(fs::remove_dir_all(self.directory(project))).map(drop)
    }

    /// The projects that have logs, as far as the directory can be read.
    pub(crate) fn projects(&self) -> Vec<ProjectId> {
        let names = fs::read_dir(&self.root).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.filter_map(|name| name.to_str()?.parse().ok().map(ProjectId)).collect()
    }

    /// The files that the logs of a project's jobs consist of, as far as the directory can be read.
    pub(crate) fn files(&self, project: ProjectId) -> Vec<(JobId, PathBuf)> {
        let paths = fs::read_dir(self.directory(project)).into_iter().flatten().flatten().map(|entry| entry.path());
        let job = |path: &Path| path.file_name()?.to_str()?.trim_start_matches('.').split('.').next()?.parse().ok();
        paths.filter_map(|path| Some((JobId(job(&path)?), path))).collect()
    }

    fn directory(&self, project: ProjectId) -> PathBuf {
        self.root.join(project.to_string())
    }

    fn path(&self, project: ProjectId, job: JobId) -> PathBuf {
        self.directory(project).join(format!("{job}.log"))
    }

    fn archive(&self, project: ProjectId, job: JobId) -> PathBuf {
        self.directory(project).join(format!("{job}.log.gz"))
    }

    /// Where it is noted how much was received of a log that is longer than what is kept.
    fn count(&self, project: ProjectId, job: JobId) -> PathBuf {
        self.directory(project).join(format!("{job}.received"))
    }

    fn received(&self, project: ProjectId, job: JobId, file: &File) -> io::Result<u64> {
        match fs::read_to_string(self.count(project, job)) {
            Ok(text) => text.trim().parse().map_err(io::Error::other),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(file.metadata()?.len()),
            Err(e) => Err(e),
        }
    }

    fn note_received(&self, project: ProjectId, job: JobId, total: u64) -> io::Result<()> {
        let (path, staged) = (self.count(project, job), self.directory(project).join(format!(".{job}.received")));
        fs::write(&staged, total.to_string())?;
        fs::rename(staged, path)
    }
}

/// None where there was no such file.
fn present<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        done => done.map(Some),
    }
}

/// Takes a piece of the log of the job with that token, while it runs and shortly after.
///
/// # Errors
/// The outer one: the store's. The inner one: the log cannot be written.
pub async fn patch(
    app: &App,
    id: JobId,
    secret: &str,
    (first, piece): (u64, bytes::Bytes),
    now: Timestamp,
) -> Result<io::Result<Patched>> {
    let found = app.store.read(update_job::find(id, token::hash(secret))).await?;
    let Some(job) = found else { return Ok(Ok(Patched::Unknown)) };
    if job.erased_at.is_some() {
        return Ok(Ok(Patched::Over(job.status)));
    }
    if job.status.is_claimed() {
        update_job::note_alive(app, &job, now).await?;
    } else if job.finished_at.is_none_or(|end| now.since(end) > TAIL) {
        return Ok(Ok(Patched::Over(job.status)));
    }
    let (traces, project, status) = (Traces::of(&app.config), job.project_id, job.status);
    let stored = tokio::task::spawn_blocking(move || traces.append(project, id, first, &piece)).await;
    let stored = stored.unwrap_or_else(|gone| Err(io::Error::other(gone)));
    if matches!(stored, Ok(Appended::Stored(_))) {
        app.wake.readers();
    }
    if stored.is_ok() && is_erased(app, id).await? {
        // It was erased, or deleted with its pipeline, while the piece was on its way.
        return Ok(Traces::of(&app.config).remove(project, id).map(|()| Patched::Over(status)));
    }
    Ok(stored.map(|appended| Patched::Looked(appended, status)))
}

/// Whether nobody is to read the log of a job any more.
async fn is_erased(app: &App, id: JobId) -> Result<bool> {
    let found = app.store.read(move |tx| Ok::<_, Failure>(jobs::get(tx, id)?)).await?;
    Ok(found.is_none_or(|job| job.erased_at.is_some()))
}

#[cfg(test)]
mod tests;
