//! The files the rules look at.

use anyhow::{Context, Result};

use crate::shell;

/// A text file of the tree.
pub(super) struct File {
    /// Path from the root, with `/`.
    pub(super) path: String,
    /// The whole text.
    pub(super) text: String,
}

impl File {
    /// A file in memory, for tests of the rules.
    #[cfg(test)]
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Whether the file holds tests only.
    pub(super) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs"))
    }

    /// Whether the file is a program's text, as opposed to prose or data.
    pub(super) fn is_code(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        let extensions = [".rs", ".sql", ".sh", ".js", ".css", ".html", ".toml"];
        extensions.iter().any(|extension| name.ends_with(extension)) || self.text.starts_with("#!/")
    }
}

/// Reads every text file git tracks or would track; binary files are passed over.
///
/// # Errors
/// If git cannot list them or one cannot be read.
pub(super) fn read() -> Result<Vec<File>> {
    let mut git = shell::program("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]);
    let listed = shell::output(&mut git)?;
    let root = shell::root();
    let mut files = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        let full = root.join(path);
        // Deleted but not yet committed, or a link to elsewhere: nothing to read here.
        if !full.symlink_metadata().is_ok_and(|meta| meta.is_file()) {
            continue;
        }
        let bytes = std::fs::read(&full).with_context(|| format!("could not read {path}"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(File { path: path.to_owned(), text });
        }
    }
    Ok(files)
}
