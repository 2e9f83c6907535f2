//! A log that did not arrive whole is asked for again, so often and no more. What was received before is put aside and
//! comes back if the log gets no longer than that.

use super::{LONGEST, Traces, present};
use crate::App;
use countersign_domain::ids::{JobId, ProjectId};
use countersign_store::jobs::Job;
use countersign_wire::runner::Output;
use flate2::Crc;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::PathBuf;

/// How often a runner is asked for the whole log of a job again.
const MOST: u32 = 3;

impl Traces {
    /// Whether a log is what its runner says it sent: as long, and with that checksum where all of it was kept. A runner
    /// that does not say how long it is says nothing.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn fits(&self, project: ProjectId, job: JobId, said: &Output) -> io::Result<bool> {
        let Some(size) = said.bytesize else { return Ok(true) };
        let file = self.open(project, job)?;
        let received = match &file {
            Some(file) => self.received(project, job, file)?,
            None => 0,
        };
        let sum = said.checksum.as_deref().and_then(|text| text.strip_prefix("crc32:"));
        let sum = sum.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match (file, sum) {
            (Some(file), Some(sum)) if received == size && size <= LONGEST => Ok(checksum(file)? == sum),
            _ => Ok(received == size),
        }
    }

    /// Begins a log anew for a runner that is to send it again; false, and nothing is done, if it was asked too often.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn begin_anew(&self, project: ProjectId, job: JobId) -> io::Result<bool> {
        let times = match fs::read_to_string(self.asked(project, job)) {
            // What cannot be read says that it was asked.
            Ok(text) => text.trim().parse().unwrap_or(MOST),
            Err(e) if e.kind() == ErrorKind::NotFound => 0,
            Err(e) => return Err(e),
        };
        if times >= MOST {
            return Ok(false);
        }
        fs::create_dir_all(self.directory(project))?;
        fs::write(self.asked(project, job), (times + 1).to_string())?;
        let (log, before) = (self.path(project, job), self.before(project, job));
        if length(&log)? > length(&before)? {
            fs::rename(&log, before)?;
        }
        for path in [log, self.count(project, job)] {
            present(fs::remove_file(path))?;
        }
        Ok(true)
    }

    /// A log is as whole as it will be: the longer one stays.
    ///
    /// # Errors
    /// A file cannot be renamed or removed.
    pub fn settle(&self, project: ProjectId, job: JobId) -> io::Result<()> {
        let (log, before) = (self.path(project, job), self.before(project, job));
        if length(&before)? > length(&log)? {
            fs::rename(before, log)?;
        }
        self.forget_before(project, job)
    }

    /// Forgets what was received of a log before it was begun anew.
    pub(super) fn forget_before(&self, project: ProjectId, job: JobId) -> io::Result<()> {
        for path in [self.before(project, job), self.asked(project, job)] {
            present(fs::remove_file(path))?;
        }
        Ok(())
    }

    /// Where the longest of the logs is that did not arrive whole.
    fn before(&self, project: ProjectId, job: JobId) -> PathBuf {
        self.directory(project).join(format!("{job}.before"))
    }

    /// Where it is noted how often the runner was asked to send the log again.
    fn asked(&self, project: ProjectId, job: JobId) -> PathBuf {
        self.directory(project).join(format!("{job}.asked"))
    }
}

/// Whether the runner of a job, which says how its log ends, is to send all of it again; if so, the log is empty now.
/// A log that cannot be looked at is left as it is: a job does not fail for its log.
pub(crate) async fn is_wanted(app: &App, job: &Job, said: &Output) -> bool {
    let (traces, project, id, said) = (Traces::of(&app.config), job.project_id, job.id, said.clone());
    let look = move || Ok::<_, io::Error>(!traces.fits(project, id, &said)? && traces.begin_anew(project, id)?);
    match tokio::task::spawn_blocking(look).await.map_err(io::Error::other).flatten() {
        Ok(wanted) => wanted,
        Err(error) => {
            tracing::warn!(job = id.0, %error, "it cannot be seen whether a log arrived whole");
            false
        }
    }
}

/// The job ended: its log stays as it is now.
pub(crate) async fn settle(app: &App, job: &Job) {
    let (traces, project, id) = (Traces::of(&app.config), job.project_id, job.id);
    let settled = tokio::task::spawn_blocking(move || traces.settle(project, id)).await;
    if let Err(error) = settled.map_err(io::Error::other).flatten() {
        tracing::warn!(job = id.0, %error, "what was received of a log at first cannot be put in its place");
    }
}

fn length(path: &PathBuf) -> io::Result<u64> {
    Ok(present(fs::metadata(path))?.map_or(0, |found| found.len()))
}

/// CRC-32/IEEE.
fn checksum(file: File) -> io::Result<u32> {
    let (mut reader, mut sum) = (BufReader::new(file), Crc::new());
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return Ok(sum.sum());
        }
        sum.update(piece);
        let length = piece.len();
        reader.consume(length);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::Appended;
    use super::*;
    use crate::Config;

    const AT: (ProjectId, JobId) = (ProjectId(3), JobId(7));

    fn traces() -> (tempfile::TempDir, Traces) {
        let dir = tempfile::tempdir().unwrap();
        let traces = Traces::of(&Config::new(dir.path().into(), String::new()));
        (dir, traces)
    }

    fn said(bytesize: u64, checksum: &str) -> Output {
        Output { bytesize: Some(bytesize), checksum: Some(checksum.to_owned()) }
    }

    #[test]
    fn a_log_fits_by_length_and_checksum() {
        let ((_dir, traces), (project, job)) = (traces(), AT);
        let fits = |said: &Output| traces.fits(project, job, said).unwrap();
        assert!(fits(&said(0, "")) && fits(&Output::default()) && !fits(&said(1, "")));
        traces.append(project, job, 0, b"123456789").unwrap();
        assert!(fits(&said(9, "crc32:cbf43926")) && fits(&said(9, "md5:unknown")) && fits(&Output::default()));
        assert!(!fits(&said(9, "crc32:cbf43927")) && !fits(&said(10, "crc32:cbf43926")) && !fits(&said(8, "")));
    }

    #[test]
    fn a_runner_is_asked_so_often_and_the_longest_log_stays() {
        let ((_dir, traces), (project, job)) = (traces(), AT);
        traces.append(project, job, 0, b"long enough").unwrap();
        for piece in ["", "short", "longer than that was"] {
            assert!(traces.begin_anew(project, job).unwrap());
            assert_eq!(traces.read(project, job, 0).unwrap(), b"");
            let length = u64::try_from(piece.len()).unwrap();
            assert_eq!(traces.append(project, job, 0, piece.as_bytes()).unwrap(), Appended::Stored(length));
        }
        assert!(!traces.begin_anew(project, job).unwrap());
        traces.settle(project, job).unwrap();
        assert_eq!(traces.read(project, job, 0).unwrap(), b"longer than that was");
        assert!(traces.begin_anew(project, job).unwrap());
        traces.settle(project, job).unwrap();
        assert_eq!(traces.read(project, job, 0).unwrap(), b"longer than that was");
        traces.begin_anew(project, job).unwrap();
        traces.remove(project, job).unwrap();
        traces.settle(project, job).unwrap();
        assert_eq!(traces.read(project, job, 0).unwrap(), b"");
    }
}
