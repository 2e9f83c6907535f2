//! One file of an archive, without unpacking the rest. Nothing of an archive is believed: not how long a file in it says it
//! is, nor how many there are.

use super::Shelf;
use crate::App;
use countersign_store::artifacts::Artifact;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use zip::ZipArchive;
use zip::result::ZipError;

/// The longest list of files in an archive that is read, in bytes: some hundred thousand files.
const LONGEST_LIST: u32 = 16 * 1024 * 1024;
/// How far from its end an archive may say where its list is, in bytes: the comment behind may have 64 KiB.
const TAIL: u64 = 64 * 1024 + 22;

/// What there is at a path of an archive.
#[derive(Debug)]
pub enum Single {
    /// A file, unpacked, and its length in bytes.
    File(File, u64),
    /// Nothing, or a directory.
    Absent,
    /// A file longer than that many bytes.
    TooLong(u64),
    /// The archive cannot be read; why.
    Unreadable(String),
}

/// Takes the file at `path` out of a zip archive on the shelf, if it is no longer than an archive may be. Blocks, and takes
/// memory and disk: callers see to it that not too many do so at once.
///
/// # Errors
/// The disk failed.
pub fn single(app: &App, artifact: &Artifact, path: &str) -> io::Result<Single> {
    match Shelf::of(&app.config).open(artifact)? {
        Some(archive) => unpack(archive, path, app.config.max_artifact_bytes, &app.repositories.scratch),
        None => Ok(Single::Absent),
    }
}

/// Unpacks it into a file without a name, of at most `limit` bytes, on the disk of the directory `scratch`.
fn unpack(mut archive: File, path: &str, limit: u64, scratch: &Path) -> io::Result<Single> {
    if let Some(why) = unreadable(&mut archive)? {
        return Ok(Single::Unreadable(why.to_owned()));
    }
    let mut archive = match ZipArchive::new(archive) {
        Ok(archive) => archive,
        Err(ZipError::Io(why)) => return Err(why),
        Err(why) => return Ok(Single::Unreadable(why.to_string())),
    };
    let packed = match archive.by_name(path) {
        Ok(file) if file.is_dir() => return Ok(Single::Absent),
        Ok(file) => file,
        Err(ZipError::FileNotFound) => return Ok(Single::Absent),
        Err(why) => return Ok(Single::Unreadable(why.to_string())),
    };
    let mut file = tempfile::tempfile_in(scratch)?;
    match io::copy(&mut packed.take(limit.saturating_add(1)), &mut file) {
        Ok(length) if length > limit => Ok(Single::TooLong(limit)),
        Ok(length) => {
            file.flush()?;
            file.seek(SeekFrom::Start(0))?;
            Ok(Single::File(file, length))
        }
        Err(why) => Ok(Single::Unreadable(why.to_string())),
    }
}

/// Why an archive is not read, if so: its list of files is too long, or it is none.
fn unreadable(archive: &mut File) -> io::Result<Option<&'static str>> {
    let length = archive.metadata()?.len();
    archive.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    archive.read_to_end(&mut tail)?;
    archive.seek(SeekFrom::Start(0))?;
    let Some(end) = tail.windows(4).rposition(|four| four == b"PK\x05\x06") else {
        return Ok(Some("it is no zip archive"));
    };
    if tail.windows(4).any(|four| four == b"PK\x06\x07") {
        return Ok(Some("it has too many files, or is too long"));
    }
    let list = tail.get(end + 12..end + 16).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes);
    Ok(list.is_none_or(|list| list > LONGEST_LIST).then_some("it has too many files"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn archive(files: &[(&str, &[u8])]) -> File {
        let mut archive = ZipWriter::new(tempfile::tempfile().unwrap());
        for (name, content) in files {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(content).unwrap();
        }
        archive.add_directory("empty/", SimpleFileOptions::default()).unwrap();
        archive.finish().unwrap()
    }

    fn take(archive: &File, path: &str) -> String {
        match unpack(archive.try_clone().unwrap(), path, 1000, &std::env::temp_dir()).unwrap() {
            Single::File(mut file, length) => {
                let mut text = String::new();
                assert_eq!(file.read_to_string(&mut text).unwrap() as u64, length);
                text
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_file_is_taken_out_by_its_whole_name() {
        let of = archive(&[("a.txt", b"one"), ("b/c.txt", b"two"), ("../out", b"three")]);
        assert_eq!(take(&of, "a.txt"), "one");
        assert_eq!(take(&of, "b/c.txt"), "two");
        // It is only a name.
        assert_eq!(take(&of, "../out"), "three");
        for absent in ["", "b", "b/", "c.txt", "empty", "empty/", "/a.txt", "../../etc/passwd"] {
            assert_eq!(take(&of, absent), "Absent", "{absent:?}");
        }
    }

    #[test]
    fn it_is_unpacked_on_the_disk_of_the_data() {
        let of = archive(&[("a.txt", b"one")]);
        let (dir, gone) = (tempfile::tempdir().unwrap(), Path::new("/nonexistent"));
        assert!(matches!(unpack(of.try_clone().unwrap(), "a.txt", 3, dir.path()), Ok(Single::File(_, 3))));
        assert_eq!(dir.path().read_dir().unwrap().count(), 0, "and has no name");
        assert!(unpack(of, "a.txt", 3, gone).is_err());
    }

    #[test]
    fn a_bomb_does_not_go_off_and_nonsense_is_named() {
        let zeros = vec![0; 4_000_000];
        let bomb = archive(&[("zeros", &zeros)]);
        assert!(bomb.metadata().unwrap().len() < 20_000);
        assert_eq!(take(&bomb, "zeros"), "TooLong(1000)");
        let mut nonsense = tempfile::tempfile().unwrap();
        assert!(take(&nonsense, "a").contains("no zip archive"));
        nonsense.write_all(b"PK\x05\x06 and nothing of what should follow").unwrap();
        assert!(take(&nonsense, "a").contains("Unreadable"));
        let mut long = tempfile::tempfile().unwrap();
        long.write_all(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0").unwrap();
        assert!(take(&long, "a").contains("too many files"));
    }
}
