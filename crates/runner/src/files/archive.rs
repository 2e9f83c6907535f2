//! Packs files of a work tree, and unpacks them into another.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// The most that an archive may hold when unpacked, in bytes.
const MOST_BYTES: u64 = 10 * 1024 * 1024 * 1024;
/// The most entries of an archive.
const MOST_ENTRIES: usize = 1_000_000;

/// Packs paths of a work tree into a zip archive: files with their permissions, links as links.
///
/// # Errors
/// A file cannot be read, or the archive cannot be written.
pub(crate) fn pack<'p>(
    project: &Path,
    paths: impl IntoIterator<Item = &'p PathBuf>,
    into: impl Write + Seek,
) -> io::Result<()> {
    let mut zip = ZipWriter::new(into);
    for path in paths {
        let Some(name) = path.to_str() else { continue };
        let whole = project.join(path);
        let found = fs::symlink_metadata(&whole)?;
        let options = SimpleFileOptions::default().unix_permissions(found.permissions().mode() & 0o777);
        if found.is_symlink() {
            let target = fs::read_link(&whole)?;
            zip.add_symlink(name, target.to_string_lossy(), options)?;
        } else if found.is_dir() {
            zip.add_directory(name, options)?;
        } else if found.is_file() {
            zip.start_file(name, options.large_file(found.len() >= u64::from(u32::MAX)))?;
            io::copy(&mut File::open(&whole)?, &mut zip)?;
        }
    }
    zip.finish()?.flush()
}

/// Packs the content of files, one behind the other, as gzip.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn gzip<'p>(project: &Path, paths: impl IntoIterator<Item = &'p PathBuf>) -> io::Result<Vec<u8>> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    for path in paths.into_iter().map(|path| project.join(path)) {
        if fs::symlink_metadata(&path)?.is_file() {
            io::copy(&mut File::open(path)?, &mut out)?;
            // Each begins on a line of its own.
            out.write_all(b"\n")?;
        }
    }
    out.finish()
}

/// Unpacks a zip archive into a work tree. No entry leads out of it, nor through a link that does.
///
/// # Errors
/// It is no archive, holds too much, or cannot be written.
pub(crate) fn unpack(project: &Path, from: impl Read + Seek) -> io::Result<usize> {
    let mut zip = ZipArchive::new(from)?;
    if zip.len() > MOST_ENTRIES {
        return Err(io::Error::other(format!("the archive has more than {MOST_ENTRIES} entries")));
    }
    let mut total: u64 = 0;
    for at in 0..zip.len() {
        total = total.saturating_add(zip.by_index_raw(at)?.size());
    }
    if total > MOST_BYTES {
        return Err(io::Error::other(format!("the archive holds more than {MOST_BYTES} bytes")));
    }
    zip.extract(project)?;
    Ok(zip.len())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Cursor;

    use super::*;

    #[test]
    fn what_was_packed_is_unpacked_with_its_permissions() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir_all(from.path().join("bin/empty")).unwrap();
        fs::write(from.path().join("bin/app"), "content").unwrap();
        fs::set_permissions(from.path().join("bin/app"), fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink("app", from.path().join("bin/link")).unwrap();
        let paths: Vec<PathBuf> = ["bin", "bin/app", "bin/empty", "bin/link"].map(PathBuf::from).to_vec();
        let mut packed = Cursor::new(Vec::new());
        pack(from.path(), &paths, &mut packed).unwrap();
        fs::create_dir(to.path().join("bin")).unwrap();
        fs::write(to.path().join("bin/app"), "older").unwrap();
        assert_eq!(unpack(to.path(), Cursor::new(packed.into_inner())).unwrap(), 4);
        assert_eq!(fs::read_to_string(to.path().join("bin/link")).unwrap(), "content");
        assert_eq!(fs::metadata(to.path().join("bin/app")).unwrap().permissions().mode() & 0o777, 0o755);
        assert!(to.path().join("bin/empty").is_dir());
        assert!(unpack(to.path(), Cursor::new(b"no archive".to_vec())).is_err());
    }

    #[test]
    fn no_entry_leads_out_of_the_work_tree() {
        let dir = tempfile::tempdir().unwrap();
        let (project, outside) = (dir.path().join("project"), dir.path().join("outside"));
        fs::create_dir(&project).unwrap();
        fs::create_dir(&outside).unwrap();
        let options = SimpleFileOptions::default();
        type Zip = ZipWriter<Cursor<Vec<u8>>>;
        let hostile: [&dyn Fn(&mut Zip); 3] = [
            &|zip| zip.start_file("../outside/a", options).unwrap(),
            &|zip| zip.start_file(format!("{}/a", outside.display()), options).unwrap(),
            &|zip| {
                zip.add_symlink("way", outside.to_string_lossy(), options).unwrap();
                zip.start_file("way/a", options).unwrap();
            },
        ];
        for (number, entries) in hostile.iter().enumerate() {
            let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
            entries(&mut zip);
            zip.write_all(b"bad").unwrap();
            let packed = zip.finish().unwrap();
            let _ = unpack(&project, packed);
            assert_eq!(fs::read_dir(&outside).unwrap().count(), 0, "{number}");
        }
    }

    #[test]
    fn gzip_holds_the_files_one_behind_the_other() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "A=1").unwrap();
        fs::write(dir.path().join("b"), "B=2\n").unwrap();
        let packed = gzip(dir.path(), &[PathBuf::from("a"), PathBuf::from("b")]).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "A=1\nB=2\n\n");
    }
}
