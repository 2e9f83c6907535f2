//! Reading branches and tags by their full names, and the hidden refs that keep pipelines' commits.

use std::collections::{BTreeMap, HashSet};

use super::{GitError, Repositories, is_sha, ref_name};

/// What one line of `for-each-ref` holds: NUL-free fields, so NUL separates them.
const FORMAT: &str = "--format=%(refname)%00%(objectname)%00%(objecttype)%00%(*objectname)%00%(*objecttype)";

/// A branch or tag and the commit it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// The short name, without `refs/heads/` or `refs/tags/`.
    pub name: String,
    /// The commit; for an annotated tag the commit it points at in the end.
    pub sha: String,
}

/// What a name given by a person turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolvedRef {
    /// A branch.
    Branch(Tip),
    /// A tag.
    Tag(Tip),
    /// A commit, named in full.
    Commit(String),
    /// Both a branch and a tag have this name; the caller decides.
    Ambiguous {
        /// The branch of that name.
        branch: Tip,
        /// The tag of that name.
        tag: Tip,
    },
}

/// One branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The short name.
    pub name: String,
    /// The commit at its tip.
    pub sha: String,
}

/// One tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The short name.
    pub name: String,
    /// The object the ref names: a tag object, or the commit itself for a lightweight tag.
    pub target: String,
    /// The commit it stands for; `None` when it stands for a file or a tree.
    pub commit: Option<String>,
}

/// One ref as git lists it.
struct Listed {
    name: String,
    object: String,
    commit: Option<String>,
    /// Whether it is a tag of a tag.
    nested: bool,
}

/// The order of a list of branches or tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefOrder {
    /// By name.
    Name,
    /// By name, the last first.
    NameDescending,
    /// By the time of their commits or tag objects, the oldest first.
    Oldest,
    /// By the time of their commits or tag objects, the newest first.
    Newest,
    /// By name, whose numbers count as such.
    Version,
    /// By name, whose numbers count as such, the highest first.
    VersionDescending,
}

impl RefOrder {
    fn argument(self) -> &'static str {
        match self {
            RefOrder::Name => "--sort=refname",
            RefOrder::NameDescending => "--sort=-refname",
            RefOrder::Oldest => "--sort=creatordate",
            RefOrder::Newest => "--sort=-creatordate",
            RefOrder::Version => "--sort=version:refname",
            RefOrder::VersionDescending => "--sort=-version:refname",
        }
    }
}

impl Repositories {
    /// Looks a name up as branch, tag or full commit, never as anything in between.
    ///
    /// `refs/heads/X` and `refs/tags/X` are taken at their word. A full commit name wins over a ref of that name.
    ///
    /// # Errors
    /// When there is no repository, or git fails. A name that is nothing is `None`.
    pub fn resolve(&self, project: i64, name: &str) -> Result<Option<ResolvedRef>, GitError> {
        if let Some(sha) = self.peel(project, name)? {
            return Ok(Some(ResolvedRef::Commit(sha)));
        }
        if let Some(short) = name.strip_prefix("refs/heads/") {
            return Ok(self.tip(project, "refs/heads/", short)?.map(ResolvedRef::Branch));
        }
        if let Some(short) = name.strip_prefix("refs/tags/") {
            return Ok(self.tip(project, "refs/tags/", short)?.map(ResolvedRef::Tag));
        }
        let found = (self.tip(project, "refs/heads/", name)?, self.tip(project, "refs/tags/", name)?);
        Ok(match found {
            (Some(branch), Some(tag)) => Some(ResolvedRef::Ambiguous { branch, tag }),
            (Some(branch), None) => Some(ResolvedRef::Branch(branch)),
            (None, Some(tag)) => Some(ResolvedRef::Tag(tag)),
            (None, None) => None,
        })
    }

    /// The commit at the tip of one branch, if there is such a branch.
    ///
    /// # Errors
    /// When there is no repository, or git fails.
    pub fn branch_tip(&self, project: i64, branch: &str) -> Result<Option<String>, GitError> {
        Ok(self.tip(project, "refs/heads/", branch)?.map(|tip| tip.sha))
    }

    /// All branches in that order.
    ///
    /// # Errors
    /// When there is no repository, or git fails.
    pub fn branches(&self, project: i64, order: RefOrder) -> Result<Vec<Branch>, GitError> {
        let short = |l: Listed| Some(Branch { name: l.name.strip_prefix("refs/heads/")?.to_owned(), sha: l.object });
        Ok(self.list(project, &[order.argument(), "refs/heads/"])?.into_iter().filter_map(short).collect())
    }

    /// All tags in that order.
    ///
    /// # Errors
    /// When there is no repository, or git fails.
    pub fn tags(&self, project: i64, order: RefOrder) -> Result<Vec<Tag>, GitError> {
        Ok(self.list(project, &[order.argument(), "refs/tags/"])?.into_iter().filter_map(tag).collect())
    }

    /// One tag, if there is one of that name.
    ///
    /// # Errors
    /// When there is no repository, or git fails.
    pub fn tag(&self, project: i64, name: &str) -> Result<Option<Tag>, GitError> {
        Ok(self.find(project, "refs/tags/", name)?.and_then(tag))
    }

    /// Those of the branches, by their short names, whose commits are all in the history of `sha`.
    ///
    /// # Errors
    /// When `sha` is no commit there, there is no repository, or git fails.
    pub fn merged(&self, project: i64, sha: &str, branches: &[&str]) -> Result<HashSet<String>, GitError> {
        if branches.is_empty() {
            return Ok(HashSet::new());
        }
        let mut arguments = vec![format!("--merged={sha}"), "--format=%(refname)".to_owned()];
        arguments.extend(branches.iter().map(|name| format!("refs/heads/{name}")));
        let output = self.ask(project, "for-each-ref", &arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
        let names = lines(&output).filter_map(|name| name.strip_prefix("refs/heads/"));
        Ok(names.map(str::to_owned).collect())
    }

    /// The full names of the branches and tags, below that prefix, whose history holds a commit.
    ///
    /// # Errors
    /// When `sha` is no commit there, there is no repository, or git fails.
    pub fn containing(&self, project: i64, sha: &str, prefixes: &[&str]) -> Result<Vec<String>, GitError> {
        let contains = format!("--contains={sha}");
        let arguments = [&[contains.as_str(), "--format=%(refname)"][..], prefixes].concat();
        let output = self.ask(project, "for-each-ref", &arguments)?;
        Ok(lines(&output).map(str::to_owned).collect())
    }

    /// Every branch and tag by full name, with the object it names: what a ledger is compared with.
    ///
    /// # Errors
    /// When there is no repository, or git fails.
    pub fn refs(&self, project: i64) -> Result<BTreeMap<String, String>, GitError> {
        // Nothing is peeled here: a push may hold thousands of tags of tags.
        let output =
            self.ask(project, "for-each-ref", &["--format=%(refname)%00%(objectname)", "refs/heads/", "refs/tags/"])?;
        let pairs = lines(&output).filter_map(|line| line.split_once('\0'));
        Ok(pairs.map(|(name, object)| (name.to_owned(), object.to_owned())).collect())
    }

    /// Keeps `sha` and all it needs in the repository, under the hidden ref of one pipeline.
    ///
    /// # Errors
    /// When the commit is not there, there is no repository, or git fails.
    pub fn keep(&self, project: i64, pipeline: i64, sha: &str) -> Result<(), GitError> {
        let commit = self.peel(project, sha)?;
        let commit =
            commit.ok_or_else(|| GitError::Invalid(format!("'{sha}' is not a commit of project {project}")))?;
        self.ask(project, "update-ref", &[&pipeline_ref(pipeline), &commit]).map(drop)
    }

    /// Whether [`Self::keep`] keeps a commit for that pipeline, as far as can be told without running git.
    pub fn keeps(&self, project: i64, pipeline: i64) -> bool {
        self.path(project).join(pipeline_ref(pipeline)).is_file()
    }

    /// Lets go of what [`Self::keep`] kept. What is not kept is let go already.
    ///
    /// # Errors
    /// When there is no repository, or git fails.
    pub fn release(&self, project: i64, pipeline: i64) -> Result<(), GitError> {
        self.ask(project, "update-ref", &["-d", &pipeline_ref(pipeline)]).map(drop)
    }

    /// The commit a full object name stands for, following tag objects; `None` for anything else.
    pub(crate) fn peel(&self, project: i64, object: &str) -> Result<Option<String>, GitError> {
        Ok(self.peel_all(project, &[object])?.pop().flatten())
    }

    /// As [`Self::peel`], for any number of objects by one process.
    fn peel_all(&self, project: i64, objects: &[&str]) -> Result<Vec<Option<String>>, GitError> {
        if objects.iter().all(|object| !is_sha(object)) {
            return Ok(vec![None; objects.len()]);
        }
        // What is no full name gets a question that has no answer: the null object is never there.
        let name = |object: &&str| if is_sha(object) { (*object).to_owned() } else { super::NO_OBJECT.to_owned() };
        let questions: String = objects.iter().map(|object| format!("{}^{{commit}}\n", name(object))).collect();
        let answers = self.ask_with(project, "cat-file", &["--batch-check"], questions.as_bytes())?;
        let answers = String::from_utf8_lossy(&answers);
        let commit = |answer: &str| {
            let mut words = answer.split_whitespace();
            let found = (words.next(), words.next());
            match found {
                (Some(sha), Some("commit")) if is_sha(sha) => Some(sha.to_owned()),
                _ => None,
            }
        };
        let mut found: Vec<_> = answers.lines().map(commit).collect();
        found.resize(objects.len(), None);
        Ok(found)
    }

    fn tip(&self, project: i64, prefix: &str, short: &str) -> Result<Option<Tip>, GitError> {
        let found = self.find(project, prefix, short)?;
        Ok(found.and_then(|listed| listed.commit).map(|sha| Tip { name: short.to_owned(), sha }))
    }

    fn find(&self, project: i64, prefix: &str, short: &str) -> Result<Option<Listed>, GitError> {
        if !ref_name::well_formed(short) {
            return Ok(None);
        }
        let full = format!("{prefix}{short}");
        // The pattern also matches what is below it as a directory, so equality decides.
        Ok(self.list(project, &[&full])?.into_iter().find(|listed| listed.name == full))
    }

    fn list(&self, project: i64, arguments: &[&str]) -> Result<Vec<Listed>, GitError> {
        let output = self.ask(project, "for-each-ref", &[&[FORMAT][..], arguments].concat())?;
        // A name that is not UTF-8 cannot be pushed here; one put in by other means is not ours to serve.
        let mut all = lines(&output).map(listed).collect::<Result<Vec<_>, _>>()?;
        // Git peels one step only, so tags of tags are asked for again, all at once.
        let nested: Vec<usize> = (0..all.len()).filter(|at| all[*at].nested).collect();
        let objects: Vec<&str> = nested.iter().map(|at| all[*at].object.as_str()).collect();
        if objects.is_empty() {
            return Ok(all);
        }
        let peeled = self.peel_all(project, &objects)?;
        for (at, commit) in nested.into_iter().zip(peeled) {
            all[at].commit = commit;
        }
        Ok(all)
    }
}

fn listed(line: &str) -> Result<Listed, GitError> {
    let fields: Vec<&str> = line.split('\0').collect();
    let [name, object, kind, peeled, peeled_kind] = fields.as_slice() else {
        return Err(GitError::failed("for-each-ref", "the answer could not be understood"));
    };
    let commit = match (*kind, *peeled_kind) {
        ("commit", _) => Some((*object).to_owned()),
        ("tag", "commit") => Some((*peeled).to_owned()),
        _ => None,
    };
    let nested = (*kind, *peeled_kind) == ("tag", "tag");
    Ok(Listed { name: (*name).to_owned(), object: (*object).to_owned(), commit, nested })
}

fn tag(of: Listed) -> Option<Tag> {
    let name = of.name.strip_prefix("refs/tags/")?.to_owned();
    Some(Tag { name, target: of.object, commit: of.commit })
}

/// The lines of an answer, but for those that are not UTF-8.
fn lines(output: &[u8]) -> impl Iterator<Item = &str> {
    let lines = output.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.filter_map(|line| std::str::from_utf8(line).ok())
}

fn pipeline_ref(pipeline: i64) -> String {
    format!("refs/pipelines/{pipeline}")
}
