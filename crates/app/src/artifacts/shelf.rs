//! Where the files lie: `artifacts/<project>/<job>/<name>` below the data directory.

use crate::{Config, secrets};
use countersign_domain::ids::{JobId, ProjectId};
use countersign_store::artifacts::Artifact;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The files below a data directory.
#[derive(Debug, Clone)]
pub struct Shelf {
    root: PathBuf,
}

/// A file that is still arriving. It goes away with this, unless it is kept.
#[derive(Debug)]
pub struct Draft {
    file: File,
    path: PathBuf,
    /// What it is called on the shelf.
    name: String,
    size: u64,
    limit: u64,
}

impl Shelf {
    /// That of a server.
    pub fn of(config: &Config) -> Shelf {
        Shelf { root: config.data_dir.join("artifacts") }
    }

    /// Begins a file of a job, of at most `limit` bytes.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn begin(&self, project: ProjectId, job: JobId, limit: u64) -> io::Result<Draft> {
        let directory = self.directory(project).join(job.to_string());
        let name = secrets::random("").map_err(io::Error::other)?;
        let path = directory.join(&name);
        let open = || {
            fs::create_dir_all(&directory)?;
            OpenOptions::new().write(true).create_new(true).open(&path)
        };
        // The directory goes with the last file in it, which may be in between.
        let file = match open() {
            Err(why) if why.kind() == ErrorKind::NotFound => open()?,
            opened => opened?,
        };
        Ok(Draft { file, path, name, size: 0, limit })
    }

    /// Opens a file to read it; none if it is gone.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(&self, of: &Artifact) -> io::Result<Option<File>> {
        match File::open(self.path(of)) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Removes a file. One that is not there is removed already.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(&self, of: &Artifact) -> io::Result<()> {
        remove(&self.path(of))
    }

    /// Removes all files of a job.
    ///
    /// # Errors
    /// They cannot be removed.
    pub fn remove_job(&self, project: ProjectId, job: JobId) -> io::Result<()> {
        absent_or(fs::remove_dir_all(self.directory(project).join(job.to_string())))
    }

    /// Removes all files of a project.
    ///
    /// # Errors
    /// They cannot be removed.
    pub fn forget(&self, project: ProjectId) -> io::Result<()> {
        absent_or(fs::remove_dir_all(self.directory(project)))
    }

    /// The projects that have files, as far as the directory can be read.
    pub(crate) fn projects(&self) -> Vec<ProjectId> {
        let names = fs::read_dir(&self.root).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.filter_map(|name| name.to_str()?.parse().ok().map(ProjectId)).collect()
    }

    /// The files of a project's jobs, as far as the directories can be read.
    pub(crate) fn files(&self, project: ProjectId) -> Vec<(JobId, PathBuf)> {
        let entries = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
        let job = |path: &Path| path.file_name()?.to_str()?.parse().ok().map(JobId);
        let jobs = entries(&self.directory(project)).filter_map(|path| Some((job(&path)?, path)));
        jobs.flat_map(|(job, path)| entries(&path).map(move |file| (job, file))).collect()
    }

    /// Removes a file that nothing leads to. One that is not there is removed already.
    ///
    /// # Errors
    /// It cannot be removed.
    pub(crate) fn clear(path: &Path) -> io::Result<()> {
        remove(path)
    }

    fn directory(&self, project: ProjectId) -> PathBuf {
        self.root.join(project.to_string())
    }

    fn path(&self, of: &Artifact) -> PathBuf {
        self.directory(of.project_id).join(of.job_id.to_string()).join(&of.file)
    }
}

/// Removes a file, and the directory of its job with the last one.
fn remove(file: &Path) -> io::Result<()> {
    absent_or(fs::remove_file(file))?;
    // It is not empty, mostly.
    let _ = file.parent().map(fs::remove_dir);
    Ok(())
}

fn absent_or(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

impl Draft {
    /// Writes what arrived next; whether there was room for it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, piece: &[u8]) -> io::Result<bool> {
        let size = self.size.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if size > self.limit {
            return Ok(false);
        }
        self.file.write_all(piece)?;
        self.size = size;
        Ok(true)
    }

    /// How long it is so far, in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// What was written so far.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn content(&self) -> io::Result<Vec<u8>> {
        fs::read(&self.path)
    }

    /// What it is called on the shelf.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Makes sure that it survives a crash.
    ///
    /// # Errors
    /// The disk failed.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Lets it stay.
    pub(crate) fn keep(mut self) {
        self.path = PathBuf::new();
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.path != PathBuf::new()
            && let Err(why) = remove(&self.path)
        {
            tracing::warn!(%why, "a file that did not arrive whole is still there");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_not_kept_goes_away_and_nothing_is_longer_than_its_limit() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::of(&Config::new(dir.path().into(), String::new()));
        let (project, job) = (ProjectId(1), JobId(2));
        let mut draft = shelf.begin(project, job, 5).unwrap();
        assert!(draft.write(b"abc").unwrap() && !draft.write(b"def").unwrap() && draft.write(b"de").unwrap());
        assert_eq!((draft.content().unwrap(), draft.size()), (b"abcde".to_vec(), 5));
        let path = draft.path.clone();
        drop(draft);
        assert!(!path.exists());
        assert!(!path.parent().unwrap().exists(), "the directory goes with the last file");
        let kept = shelf.begin(project, job, 5).unwrap();
        let path = kept.path.clone();
        kept.keep();
        assert!(path.exists());
        assert_eq!(shelf.projects(), [project]);
        shelf.remove_job(project, job).unwrap();
        shelf.remove_job(project, job).unwrap();
        assert!(!path.exists());
    }
}
