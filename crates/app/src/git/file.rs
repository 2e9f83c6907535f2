//! Reading one file of one commit.

use super::tree::{self, Entry};
use super::{GitError, Repositories, tree_path};

/// A file as it is in one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileBlob {
    /// The object that holds the content.
    pub blob_id: String,
    /// The length of the content in bytes.
    pub size: u64,
    /// The content, byte for byte.
    pub content: Vec<u8>,
    /// The mode in octal digits: `100644`, or `100755` when executable.
    pub mode: String,
}

impl Repositories {
    /// The file at `path` in commit `sha`, of at most `limit` bytes.
    ///
    /// Directories, symbolic links and submodules are not files and are never followed: `None`.
    ///
    /// # Errors
    /// [`GitError::TooLarge`] when the file is larger; when there is no repository, or git fails.
    pub fn file(&self, project: i64, sha: &str, path: &str, limit: u64) -> Result<Option<FileBlob>, GitError> {
        let readable = path.len() <= 4096 && tree_path::is_plain(path);
        let Some(commit) = self.peel(project, sha)?.filter(|_| readable) else { return Ok(None) };
        let listed = self.ask(project, "ls-tree", &["-z", "-l", "--full-tree", &commit, "--", path])?;
        let found = tree::parse(&listed).find(|(name, entry, _)| name == path.as_bytes() && entry.is_file());
        let Some((_, Entry { mode, sha: blob_id }, Some(size))) = found else { return Ok(None) };
        if size > limit {
            return Err(GitError::TooLarge { what: format!("file '{path}'"), limit });
        }
        let content = self.ask(project, "cat-file", &["blob", &blob_id])?;
        Ok(Some(FileBlob { blob_id, size, content, mode }))
    }
}
