//! Packs files of a work tree, and unpacks them into another.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::read::{ExtractOptions, SymlinkExtractAction};
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

/// Unpacks a zip archive into a work tree, over what is there. No entry leads out of it, nor through a link that does. A
/// link itself may lead anywhere, as those that a script makes may: that of a Python environment leads to the system's.
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
    let project = project.canonicalize()?;
    for at in 0..zip.len() {
        let entry = zip.by_index_raw(at)?;
        if let (false, Some(name)) = (entry.is_dir(), entry.enclosed_name()) {
            make_way(&project, &project.join(name));
        }
    }
    // What an entry would be written through is looked at whatever becomes of links.
    let links = SymlinkExtractAction::ExtractNoRestrictions;
    zip.extract_with_options(&project, ExtractOptions::default().symlink_action(links))?;
    Ok(zip.len())
}

/// Removes the file or link that is where a file or link is to be: a link cannot be written over, and one that leads out
/// is not. Nothing is removed through a link that leads out. What cannot be removed shows when it is written.
fn make_way(project: &Path, path: &Path) {
    let in_the_way = path.symlink_metadata().is_ok_and(|found| !found.is_dir());
    let inside =
        || path.parent().and_then(|parent| parent.canonicalize().ok()).is_some_and(|to| to.starts_with(project));
    if in_the_way && inside() {
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Cursor;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_was_packed_is_unpacked_with_its_permissions() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir_all(from.path().join("bin/empty")).unwrap();
        fs::write(from.path().join("bin/app"), "content").unwrap();
        fs::set_permissions(from.path().join("bin/app"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("app", from.path().join("bin/link")).unwrap();
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

    /// Packs `paths` of one directory and unpacks them into another.
    fn carried(from: &Path, to: &Path, paths: &[&str]) -> io::Result<usize> {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let mut packed = Cursor::new(Vec::new());
        pack(from, &paths, &mut packed).unwrap();
        unpack(to, Cursor::new(packed.into_inner()))
    }

    #[test]
    fn links_are_unpacked_over_what_is_there_and_may_lead_anywhere() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let paths = ["current", "python3", "relative", "was-link"];
        for (dir, versions) in [(from.path(), "v2"), (to.path(), "v1")] {
            symlink(versions, dir.join("current")).unwrap();
            symlink("/usr/bin/python3", dir.join("python3")).unwrap();
            symlink("../../elsewhere", dir.join("relative")).unwrap();
        }
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("kept"), "kept").unwrap();
        fs::write(from.path().join("was-link"), "file now").unwrap();
        symlink(outside.path().join("kept"), to.path().join("was-link")).unwrap();
        for _ in 0..2 {
            assert_eq!(carried(from.path(), to.path(), &paths).unwrap(), 4);
            let read = |name: &str| fs::read_link(to.path().join(name)).unwrap().to_string_lossy().into_owned();
            assert_eq!(
                paths[..3].iter().map(|name| read(name)).collect::<Vec<_>>(),
                ["v2", "/usr/bin/python3", "../../elsewhere"]
            );
            assert_eq!(fs::read_to_string(to.path().join("was-link")).unwrap(), "file now");
        }
        assert_eq!(fs::read_to_string(outside.path().join("kept")).unwrap(), "kept");
    }

    #[test]
    fn no_entry_leads_out_of_the_work_tree() {
        let dir = tempfile::tempdir().unwrap();
        let (project, outside) = (dir.path().join("project"), dir.path().join("outside"));
        fs::create_dir(&project).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("kept"), "kept").unwrap();
        symlink(&outside, project.join("there")).unwrap();
        let options = SimpleFileOptions::default();
        type Zip = ZipWriter<Cursor<Vec<u8>>>;
        let link = |zip: &mut Zip, name: &str, target: &str| zip.add_symlink(name, target, options).unwrap();
        let file = |zip: &mut Zip, name: &str| zip.start_file(name, options).unwrap();
        let whole = outside.to_str().unwrap();
        let hostile: [&dyn Fn(&mut Zip); 10] = [
            &|zip| file(zip, "../outside/a"),
            &|zip| file(zip, "../outside/kept"),
            &|zip| link(zip, "../outside/kept", "a"),
            &|zip| file(zip, "there/kept"),
            &|zip| link(zip, "there/kept", "a"),
            &|zip| zip.add_directory("there/a", options).unwrap(),
            &|zip| {
                link(zip, "way", whole);
                file(zip, "way/a");
            },
            &|zip| {
                link(zip, "up", "../outside");
                file(zip, "up/kept");
            },
            &|zip| {
                link(zip, "in", ".");
                link(zip, "round", "in/../outside");
                link(zip, "round/a", "b");
            },
            &|zip| {
                link(zip, "first", whole);
                link(zip, "second", "first");
                file(zip, "second/kept");
            },
        ];
        for (number, entries) in hostile.iter().enumerate() {
            let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
            entries(&mut zip);
            let _ = zip.write_all(b"bad");
            let packed = zip.finish().unwrap();
            assert!(unpack(&project, packed).is_err(), "{number}");
            assert_eq!(fs::read_dir(&outside).unwrap().count(), 1, "{number}");
            assert_eq!(fs::read_to_string(outside.join("kept")).unwrap(), "kept", "{number}");
        }
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        file(&mut zip, &format!("{whole}/a"));
        let _ = unpack(&project, zip.finish().unwrap());
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 1, "a whole path means one in the work tree, if any");
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
