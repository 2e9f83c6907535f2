//! Many commits at once: the history of a ref, and what commits changed. One process each, however many commits.

use std::collections::HashMap;

use super::{Commit, GitError, Repositories, TagObject, is_sha, tree_path};

/// Which part of a history is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// The commit it ends with, named in full; none for the history of all branches and tags.
    pub from: Option<String>,
    /// Only commits that are not in the history of this one, named in full.
    pub without: Option<String>,
    /// Only commits that changed what is at this path.
    pub path: Option<String>,
    /// Only commits from this time on, in milliseconds since 1970.
    pub since: Option<i64>,
    /// Only commits up to this time, in milliseconds since 1970.
    pub until: Option<i64>,
    /// Only commits whose author's name or address holds this text.
    pub author: Option<String>,
    /// Whether only the first parents of merges are followed.
    pub first_parent: bool,
    /// Whether no commit comes before its descendants, whatever their times.
    pub topological: bool,
    /// How many are left out at the start.
    pub skip: i64,
    /// At most so many.
    pub limit: i64,
}

/// How much a commit changed against its first parent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Lines added.
    pub additions: u64,
    /// Lines removed.
    pub deletions: u64,
}

impl Repositories {
    /// A part of a history, the newest commit first.
    ///
    /// # Errors
    /// When there is no repository, or git fails.
    pub fn log(&self, project: i64, wanted: &Log) -> Result<Vec<Commit>, GitError> {
        let texts = [&wanted.path, &wanted.author];
        if texts.into_iter().flatten().any(|text| text.contains('\0')) {
            return Ok(Vec::new());
        }
        // Git counts in 32 bits: from there on it would begin anew, or refuse the number.
        if wanted.skip > i64::from(i32::MAX) {
            return Ok(Vec::new());
        }
        let mut arguments = vec![format!("--max-count={}", wanted.limit), format!("--skip={}", wanted.skip)];
        let seconds = |at: i64| at.div_euclid(1000).max(0);
        arguments.extend(wanted.since.map(|at| format!("--max-age={}", seconds(at))));
        arguments.extend(wanted.until.map(|at| format!("--min-age={}", seconds(at))));
        // A text, not an expression: nobody's pattern keeps the server busy.
        arguments.extend(wanted.author.as_ref().map(|text| format!("--author={text}")));
        arguments.extend(["--fixed-strings", "--regexp-ignore-case"].map(str::to_owned));
        arguments.extend(wanted.first_parent.then(|| "--first-parent".to_owned()));
        arguments.extend(wanted.topological.then(|| "--topo-order".to_owned()));
        match &wanted.from {
            Some(sha) if is_sha(sha) => arguments.push(sha.clone()),
            Some(_) => return Ok(Vec::new()),
            None => arguments.extend(["--branches", "--tags"].map(str::to_owned)),
        }
        arguments.extend(wanted.without.as_ref().filter(|sha| is_sha(sha)).map(|sha| format!("^{sha}")));
        arguments.push("--".to_owned());
        if let Some(path) = &wanted.path {
            if !tree_path::is_plain(path.trim_end_matches('/')) {
                return Ok(Vec::new());
            }
            arguments.push(path.clone());
        }
        let output = self.ask(project, "rev-list", &arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
        let text = String::from_utf8_lossy(&output);
        self.commits(project, &text.lines().collect::<Vec<_>>())
    }

    /// The commits of those full names, in that order; what is no commit is left out.
    ///
    /// # Errors
    /// When there is no repository, or git fails.
    pub fn commits(&self, project: i64, shas: &[&str]) -> Result<Vec<Commit>, GitError> {
        let objects = self.objects(project, shas)?.into_iter().flatten();
        let commits = objects.filter(|object| object.kind == "commit");
        Ok(commits.filter_map(|object| Commit::parse(&object.name, &object.content)).collect())
    }

    /// What those tag objects say, in that order; nothing for what is none.
    ///
    /// # Errors
    /// When there is no repository, or git fails.
    pub fn tag_objects(&self, project: i64, shas: &[&str]) -> Result<Vec<Option<TagObject>>, GitError> {
        let objects = self.objects(project, shas)?.into_iter();
        let tags = objects.map(|object| object.filter(|o| o.kind == "tag").map(|o| TagObject::parse(&o.content)));
        Ok(tags.collect())
    }

    /// How much commits changed; one that changed nothing is left out.
    ///
    /// # Errors
    /// When there is no repository, or git fails.
    pub fn stats(&self, project: i64, shas: &[&str]) -> Result<HashMap<String, Stats>, GitError> {
        let arguments = ["--stdin", "-r", "--root", "--diff-merges=first-parent", "--no-renames", "--shortstat"];
        let output = self.ask_with(project, "diff-tree", &arguments, questions(shas).as_bytes())?;
        let mut found = HashMap::new();
        let mut of = None;
        for line in String::from_utf8_lossy(&output).lines() {
            match line.split_whitespace().next() {
                Some(word) if is_sha(word) => of = Some(word.to_owned()),
                Some(_) => {
                    if let Some(sha) = of.take() {
                        found.insert(sha, summed(line));
                    }
                }
                None => {}
            }
        }
        Ok(found)
    }

    /// Objects with their contents, in the order of their names; nothing for what is not there.
    fn objects(&self, project: i64, shas: &[&str]) -> Result<Vec<Option<Object>>, GitError> {
        if shas.is_empty() {
            return Ok(Vec::new());
        }
        let output = self.ask_with(project, "cat-file", &["--batch"], questions(shas).as_bytes())?;
        let mut rest = output.as_slice();
        let mut found = Vec::new();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (head, after) = rest.split_at(end + 1);
            let head = String::from_utf8_lossy(head);
            let words: Vec<&str> = head.split_whitespace().collect();
            let size = words.get(2).and_then(|size| size.parse::<usize>().ok());
            match (words.as_slice(), size.and_then(|size| Some((after.get(..size)?, after.get(size + 1..)?)))) {
                ([name, kind, _], Some((content, next))) => {
                    let (name, kind) = ((*name).to_owned(), (*kind).to_owned());
                    found.push(Some(Object { name, kind, content: content.to_vec() }));
                    rest = next;
                }
                _ => {
                    found.push(None);
                    rest = after;
                }
            }
        }
        found.resize_with(shas.len(), || None);
        Ok(found)
    }
}

/// An object as git keeps it.
struct Object {
    name: String,
    kind: String,
    content: Vec<u8>,
}

/// Full names one a line; what is none asks for the null object, which is never there.
fn questions(shas: &[&str]) -> String {
    shas.iter().flat_map(|sha| [if is_sha(sha) { *sha } else { super::NO_OBJECT }, "\n"]).collect()
}

/// Reads ` 2 files changed, 3 insertions(+), 1 deletion(-)`.
fn summed(line: &str) -> Stats {
    let number = |word: &str| {
        let part = line.split(',').find(|part| part.contains(word));
        part.and_then(|part| part.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    };
    Stats { additions: number("insertion"), deletions: number("deletion") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read() {
        let stats = |additions, deletions| Stats { additions, deletions };
        assert_eq!(summed(" 2 files changed, 3 insertions(+), 1 deletion(-)"), stats(3, 1));
        assert_eq!(summed(" 1 file changed, 1 insertion(+)"), stats(1, 0));
        assert_eq!(summed(" 1 file changed, 0 insertions(+), 0 deletions(-)"), stats(0, 0));
    }
}
