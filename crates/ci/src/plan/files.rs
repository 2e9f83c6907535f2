//! The files that jobs leave, and those that runners keep for them.

/// The files that a job leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Artifacts {
    /// What the archive is called, with variables.
    pub name: Option<String>,
    /// Patterns of the files, with variables.
    pub paths: Vec<String>,
    /// Patterns of those that are left out.
    pub exclude: Vec<String>,
    /// Whether all files that git does not know are among them.
    pub untracked: bool,
    /// After which ends of the script.
    pub when: SaveWhen,
    /// How long they are kept; `None` for as long as the server says.
    pub expire_in: Option<Expiry>,
    /// Patterns of the files whose variables later jobs get.
    pub dotenv: Vec<String>,
}

impl Artifacts {
    /// Whether there is nothing to leave.
    pub fn is_nothing(&self) -> bool {
        self.paths.is_empty() && !self.untracked && self.dotenv.is_empty()
    }
}

/// After which ends of a script files are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SaveWhen {
    /// If it succeeded.
    #[default]
    OnSuccess,
    /// If it failed.
    OnFailure,
    /// However it ended.
    Always,
}

impl SaveWhen {
    /// All of them, in the order messages list them.
    pub const ALL: [Self; 3] = [Self::OnSuccess, Self::OnFailure, Self::Always];

    /// The word for it in the file and for runners.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnSuccess => "on_success",
            Self::OnFailure => "on_failure",
            Self::Always => "always",
        }
    }
}

/// How long artifacts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// For so many seconds.
    Seconds(i64),
    /// Until they are deleted.
    Never,
}

/// Files that a runner keeps between jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cache {
    /// What it is called.
    pub key: CacheKey,
    /// Patterns of the files, with variables.
    pub paths: Vec<String>,
    /// Whether all files that git does not know are among them.
    pub untracked: bool,
    /// Whether it is fetched before the job, and kept after.
    pub policy: CachePolicy,
    /// After which ends of the script it is kept.
    pub when: SaveWhen,
    /// What else is fetched if there is none of that key.
    pub fallback_keys: Vec<String>,
}

/// What a cache is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheKey {
    /// So, with variables.
    Text(String),
    /// By the content of files; only until the pipeline is planned.
    Files {
        /// The files, from the repository's root.
        files: Vec<String>,
        /// What stands before, with variables.
        prefix: Option<String>,
    },
}

impl CacheKey {
    /// Puts what stands for the content of files in their place, where they are known by `content_id`.
    pub(crate) fn resolve(&mut self, content_id: impl Fn(&str) -> Option<String>) {
        let Self::Files { files, prefix } = self else { return };
        let ids: Vec<String> = files.iter().filter_map(|file| content_id(file)).collect();
        let ids = if ids.is_empty() { "default".to_owned() } else { ids.join("-") };
        *self = Self::Text(match prefix {
            Some(prefix) => format!("{prefix}-{ids}"),
            None => ids,
        });
    }
}

impl Default for CacheKey {
    fn default() -> Self {
        Self::Text("default".into())
    }
}

/// Whether a cache is fetched before a job, and kept after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CachePolicy {
    /// Both.
    #[default]
    PullPush,
    /// It is only fetched.
    Pull,
    /// It is only kept.
    Push,
    /// As a variable says.
    Variable(String),
}

impl CachePolicy {
    /// The word for it in the file and for runners.
    pub fn as_str(&self) -> &str {
        match self {
            Self::PullPush => "pull-push",
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Variable(text) => text,
        }
    }
}
