//! Logs packed by gzip, which people can read with `zcat`.

use super::{LONGEST, NOTICE, present};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::Path;

/// Packs a log into the file at `path`, which is there whole and durable, or as it was before.
pub(super) fn write(log: &mut File, path: &Path) -> io::Result<()> {
    // Only one packs it at a time; should it end in the middle, the next overwrites what it left.
    log.lock()?;
    let staged = path.with_extension("part");
    let mut packed = GzEncoder::new(File::create(&staged)?, Compression::default());
    io::copy(log, &mut packed)?;
    packed.finish()?.sync_all()?;
    fs::rename(staged, path)?;
    File::open(directory(path)?)?.sync_all()
}

/// Unpacks the log at `path` into a file without a name; none if there is none.
pub(super) fn open(path: &Path) -> io::Result<Option<File>> {
    let Some(packed) = present(File::open(path))? else { return Ok(None) };
    let mut log = tempfile::tempfile_in(directory(path)?)?;
    let longest = LONGEST.saturating_add(NOTICE.len().try_into().unwrap_or(u64::MAX));
    io::copy(&mut GzDecoder::new(packed).take(longest), &mut log)?;
    log.rewind()?;
    Ok(Some(log))
}

fn directory(path: &Path) -> io::Result<&Path> {
    path.parent().ok_or_else(|| io::Error::other("a log lies in a directory"))
}
