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

/// What is at a path of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtPath {
    /// A file.
    File(FileBlob),
    /// A file larger than was asked for.
    TooLarge {
        /// The name of its blob.
        blob_id: String,
    },
    /// A symbolic link.
    Link,
    /// A directory or submodule.
    Directory,
    /// Nothing.
    Nothing,
}

impl Repositories {
    /// The file at `path` in commit `sha`, of at most `limit` bytes.
    ///
    /// Directories, symbolic links and submodules are not files and are never followed: `None`.
    ///
    /// # Errors
    /// [`GitError::TooLarge`] when the file is larger; when there is no repository, or git fails.
    pub fn file(&self, project: i64, sha: &str, path: &str, limit: u64) -> Result<Option<FileBlob>, GitError> {
        match self.at_path(project, sha, path, limit)? {
            AtPath::File(file) => Ok(Some(file)),
            AtPath::TooLarge { .. } => Err(GitError::TooLarge { what: format!("file '{path}'"), limit }),
            AtPath::Link | AtPath::Directory | AtPath::Nothing => Ok(None),
        }
    }

    /// What is at `path` in commit `sha`; of a file only if it has at most `limit` bytes. Nothing is followed.
    ///
    /// # Errors
    /// When there is no repository, or git fails.
    pub fn at_path(&self, project: i64, sha: &str, path: &str, limit: u64) -> Result<AtPath, GitError> {
        let readable = path.len() <= 4096 && tree_path::is_plain(path);
        let Some(commit) = self.peel(project, sha)?.filter(|_| readable) else { return Ok(AtPath::Nothing) };
        let listed = self.ask(project, "ls-tree", &["-z", "-l", "--full-tree", &commit, "--", path])?;
        let found = tree::parse(&listed).find(|(name, _, _)| name == path.as_bytes());
        let Some((_, Entry { mode, sha: blob_id }, size)) = found else { return Ok(AtPath::Nothing) };
        match (mode.as_str(), size) {
            ("120000", _) => Ok(AtPath::Link),
            (mode, Some(size)) if mode.starts_with("100") && size > limit => Ok(AtPath::TooLarge { blob_id }),
            (plain, Some(size)) if plain.starts_with("100") => {
                let content = self.ask(project, "cat-file", &["blob", &blob_id])?;
                Ok(AtPath::File(FileBlob { blob_id, size, content, mode }))
            }
            _ => Ok(AtPath::Directory),
        }
    }
}
