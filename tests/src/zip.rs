//! Archives as runners send them.

use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A zip archive of these files.
///
/// # Panics
/// There is no memory for it.
pub fn of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(*name, SimpleFileOptions::default()).expect("room");
        archive.write_all(content).expect("room");
    }
    archive.finish().expect("room").into_inner()
}
