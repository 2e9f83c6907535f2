//! What is known of the files that jobs leave. The files themselves lie in the data directory.

use crate::many::{ids, params};
use crate::{Error, Result, Row, Tx};
use countersign_domain::ids::{JobId, PipelineId, ProjectId};
use countersign_domain::time::Timestamp;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An archive of files, for later jobs and for people.
    Archive,
    /// Variables for later jobs.
    Dotenv,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 2] = [Kind::Archive, Kind::Dotenv];

    /// The word for it, in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Archive => "archive",
            Kind::Dotenv => "dotenv",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// An archive in the format of PKZIP.
    Zip,
    /// One file, by gzip.
    Gzip,
    /// Not at all.
    Raw,
    /// As [`Format::Zip`], with Zstandard.
    ZipZstd,
    /// A tar archive, by Zstandard.
    TarZstd,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 5] = [Format::Zip, Format::Gzip, Format::Raw, Format::ZipZstd, Format::TarZstd];

    /// The word for it, in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Zip => "zip",
            Format::Gzip => "gzip",
            Format::Raw => "raw",
            Format::ZipZstd => "zipzstd",
            Format::TarZstd => "tarzstd",
        }
    }

    /// The format of that word.
    pub fn parse(word: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.as_str() == word)
    }
}

/// A file that a job left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The job.
    pub job_id: JobId,
    /// What it is for.
    pub kind: Kind,
    /// How it is packed.
    pub format: Format,
    /// The job's project.
    pub project_id: ProjectId,
    /// What it is called.
    pub filename: String,
    /// How long it is, in bytes.
    pub size: i64,
    /// What it is called in the data directory.
    pub file: String,
    /// The variables in it, as a JSON list; empty for an archive.
    pub variables: String,
    /// When it came.
    pub created_at: Timestamp,
    /// From when on it is gone; `None` for never.
    pub expire_at: Option<Timestamp>,
}

macro_rules! select {
    ($tail:expr) => {
        concat!(
            "SELECT a.job_id, a.kind, a.project_id, a.filename, a.size, a.file, a.variables, a.created_at, a.expire_at, a.format
             FROM artifacts a ",
            $tail
        )
    };
}

fn artifact(row: &Row<'_>) -> Result<Artifact> {
    let (kind, format): (String, String) = (row.get(1)?, row.get(9)?);
    Ok(Artifact {
        job_id: row.get(0)?,
        kind: Kind::parse(&kind).ok_or_else(|| Error::Corrupt(format!("a file of the unknown kind {kind:?}")))?,
        format: Format::parse(&format).ok_or_else(|| Error::Corrupt(format!("the unknown format {format:?}")))?,
        project_id: row.get(2)?,
        filename: row.get(3)?,
        size: row.get(4)?,
        file: row.get(5)?,
        variables: row.get(6)?,
        created_at: row.get(7)?,
        expire_at: row.get(8)?,
    })
}

/// Notes a file; another of its kind that the job left before is returned, and its file to be removed.
pub fn put(tx: &mut Tx<'_>, new: &Artifact) -> Result<Option<Artifact>> {
    let before = get(tx, new.job_id, new.kind)?;
    tx.execute(
        "INSERT INTO artifacts (job_id, kind, project_id, filename, size, file, variables, created_at, expire_at,
             format)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (job_id, kind) DO UPDATE SET filename = excluded.filename, size = excluded.size,
             file = excluded.file, variables = excluded.variables, created_at = excluded.created_at,
             expire_at = excluded.expire_at, format = excluded.format",
        &[
            new.job_id.into(),
            new.kind.as_str().into(),
            new.project_id.into(),
            new.filename.as_str().into(),
            new.size.into(),
            new.file.as_str().into(),
            new.variables.as_str().into(),
            new.created_at.into(),
            new.expire_at.into(),
            new.format.as_str().into(),
        ],
    )?;
    Ok(before)
}

/// A file of a job, even if its time is over.
pub fn get(tx: &mut Tx<'_>, job: JobId, kind: Kind) -> Result<Option<Artifact>> {
    tx.query_opt(select!("WHERE a.job_id = $1 AND a.kind = $2"), &[job.into(), kind.as_str().into()], artifact)
}

/// The files of jobs, by job and kind; also those whose time has just ended.
pub fn of_jobs(tx: &mut Tx<'_>, jobs: &[i64]) -> Result<Vec<Artifact>> {
    match jobs {
        // What of many is looked up costs as much for one.
        [one] => tx.query(select!("WHERE a.job_id = $1 ORDER BY a.kind"), &[(*one).into()], artifact),
        _ => tx.query(
            select!(concat!("WHERE a.job_id IN (", ids!(), ") ORDER BY a.job_id, a.kind")),
            &params(jobs),
            artifact,
        ),
    }
}

/// The files that the jobs of a pipeline left, those of jobs that were tried again aside: with the name of each job and the
/// position of its stage, in the order in which the jobs were made.
pub fn of_pipeline(tx: &mut Tx<'_>, pipeline: PipelineId, now: Timestamp) -> Result<Vec<(Artifact, String, i64)>> {
    tx.query(
        "SELECT a.job_id, a.kind, a.project_id, a.filename, a.size, a.file, a.variables, a.created_at, a.expire_at,
                a.format, j.name, j.stage_index
         FROM jobs j JOIN artifacts a ON a.job_id = j.id
         WHERE j.pipeline_id = $1 AND NOT j.retried AND (a.expire_at IS NULL OR a.expire_at > $2)
         ORDER BY j.id, a.kind",
        &[pipeline.into(), now.into()],
        |row| Ok((artifact(row)?, row.get(10)?, row.get(11)?)),
    )
}

/// The archive of the newest job of that name that succeeded for a branch or tag of a project.
pub fn newest(
    tx: &mut Tx<'_>,
    project: ProjectId,
    ref_name: &str,
    job: &str,
    now: Timestamp,
) -> Result<Option<Artifact>> {
    tx.query_opt(
        select!(
            "JOIN jobs j ON j.id = a.job_id JOIN pipelines p ON p.id = j.pipeline_id
             WHERE p.project_id = $1 AND p.ref = $2 AND j.name = $3 AND j.status = 'success' AND a.kind = 'archive'
                 AND (a.expire_at IS NULL OR a.expire_at > $4)
             ORDER BY j.id DESC LIMIT 1"
        ),
        &[project.into(), ref_name.into(), job.into(), now.into()],
        artifact,
    )
}

/// Files whose time is over.
pub fn expired(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<Vec<Artifact>> {
    tx.query(select!("WHERE a.expire_at <= $1 ORDER BY a.expire_at LIMIT $2"), &[now.into(), limit.into()], artifact)
}

/// Keeps the files of a job until they are deleted; whether there still are any.
pub fn keep(tx: &mut Tx<'_>, job: JobId) -> Result<bool> {
    Ok(tx.execute("UPDATE artifacts SET expire_at = NULL WHERE job_id = $1", &[job.into()])? > 0)
}

/// Forgets a file whose time is over, if it is still the one that lies there and nobody kept it meanwhile; whether it did.
pub fn delete_expired(tx: &mut Tx<'_>, of: &Artifact, now: Timestamp) -> Result<bool> {
    let gone = tx.execute(
        "DELETE FROM artifacts WHERE job_id = $1 AND kind = $2 AND file = $3 AND expire_at <= $4",
        &[of.job_id.into(), of.kind.as_str().into(), of.file.as_str().into(), now.into()],
    )?;
    Ok(gone > 0)
}

/// Forgets all files of a job.
pub fn delete_of_job(tx: &mut Tx<'_>, job: JobId) -> Result<()> {
    tx.execute("DELETE FROM artifacts WHERE job_id = $1", &[job.into()]).map(drop)
}
