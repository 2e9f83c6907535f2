//! What a list of file actions does to a tree, decided before anything is written.

use std::collections::BTreeMap;

use super::tree::Entry;
use super::{Action, ActionKind, CommitError, tree_path};

/// The files of a tree by path.
pub(crate) type Entries = BTreeMap<Vec<u8>, Entry>;

const PLAIN: &str = "100644";
const EXECUTABLE: &str = "100755";
const SYMBOLIC_LINK: &str = "120000";

/// A tree with actions applied to it, and what has changed so far.
pub(crate) struct Plan {
    entries: Entries,
    changes: BTreeMap<Vec<u8>, Option<Entry>>,
}

/// Refuses an action whose paths or parameters make no sense, whatever the tree holds.
pub(crate) fn validate(action: &Action) -> Result<(), CommitError> {
    let former = action.previous_path.iter().map(|path| ("previous_path", path));
    for (name, path) in former.chain([("file_path", &action.file_path)]) {
        if let Some(reason) = tree_path::refusal(path) {
            return Err(CommitError::Invalid(format!("{name} '{path}' cannot be used: {reason}")));
        }
    }
    let missing = match action.kind {
        ActionKind::Move if action.previous_path.is_none() => "previous_path is missing: a move needs it",
        ActionKind::Update if action.content.is_none() => "content is missing: an update needs it",
        ActionKind::Chmod if action.execute_filemode.is_none() => "execute_filemode is missing: a chmod needs it",
        _ => return Ok(()),
    };
    Err(CommitError::Invalid(missing.to_owned()))
}

impl Plan {
    /// Starts from what a commit holds.
    pub(crate) fn new(entries: Entries) -> Self {
        Self { entries, changes: BTreeMap::new() }
    }

    /// Applies one action; `blob` is the stored content when the action has any.
    pub(crate) fn apply(&mut self, action: &Action, blob: Option<String>) -> Result<(), CommitError> {
        let path = action.file_path.as_bytes();
        match action.kind {
            ActionKind::Create => {
                let sha = blob.ok_or_else(|| CommitError::Invalid("content is missing".to_owned()))?;
                self.put(action, Entry { mode: mode(PLAIN, action.execute_filemode), sha })
            }
            ActionKind::Update | ActionKind::Chmod => {
                let known = self.file(path)?;
                let entry = Entry { mode: mode(&known.mode, action.execute_filemode), sha: blob.unwrap_or(known.sha) };
                self.set(path, Some(entry));
                Ok(())
            }
            ActionKind::Delete => {
                self.existing(path)?;
                self.set(path, None);
                Ok(())
            }
            ActionKind::Move => {
                let former = action.previous_path.as_deref().unwrap_or_default().as_bytes();
                let known = self.existing(former)?;
                self.set(former, None);
                let sha = blob.unwrap_or(known.sha);
                self.put(action, Entry { mode: mode(&known.mode, action.execute_filemode), sha })
            }
        }
    }

    /// The changes as `update-index -z --index-info` reads them: removals first, so that they make room.
    pub(crate) fn index_info(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for (path, _) in self.changes.iter().filter(|(_, entry)| entry.is_none()) {
            text.extend_from_slice(format!("0 {}\t", super::NO_OBJECT).as_bytes());
            text.extend_from_slice(path);
            text.push(0);
        }
        for (path, entry) in self.changes.iter().filter_map(|(path, entry)| Some((path, entry.as_ref()?))) {
            text.extend_from_slice(format!("{} {}\t", entry.mode, entry.sha).as_bytes());
            text.extend_from_slice(path);
            text.push(0);
        }
        text
    }

    /// Adds a file where there is nothing yet.
    fn put(&mut self, action: &Action, entry: Entry) -> Result<(), CommitError> {
        let path = action.file_path.as_bytes();
        if self.entries.contains_key(path) {
            return Err(CommitError::FileExists);
        }
        let below = [path, b"/"].concat();
        if self.entries.range(below.clone()..).next().is_some_and(|(other, _)| other.starts_with(&below)) {
            return Err(CommitError::DirectoryExists);
        }
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        let mut parents = slashes.filter_map(|(at, _)| path.get(..at));
        if parents.any(|parent| self.entries.contains_key(parent)) {
            return Err(CommitError::DirectoryIsFile(action.file_path.clone()));
        }
        self.set(path, Some(entry));
        Ok(())
    }

    fn set(&mut self, path: &[u8], entry: Option<Entry>) {
        match &entry {
            Some(entry) => self.entries.insert(path.to_vec(), entry.clone()),
            None => self.entries.remove(path),
        };
        self.changes.insert(path.to_vec(), entry);
    }

    fn existing(&self, path: &[u8]) -> Result<Entry, CommitError> {
        self.entries.get(path).cloned().ok_or(CommitError::FileMissing)
    }

    /// A file whose content or mode can be changed; a submodule has none, and writing through a link is refused.
    fn file(&self, path: &[u8]) -> Result<Entry, CommitError> {
        let entry = self.existing(path)?;
        if entry.is_file() {
            return Ok(entry);
        }
        let what = if entry.mode == SYMBOLIC_LINK { "a symbolic link" } else { "a submodule" };
        let path = String::from_utf8_lossy(path);
        Err(CommitError::Invalid(format!("'{path}' is {what}, not a file; delete it first")))
    }
}

fn mode(known: &str, executable: Option<bool>) -> String {
    match executable {
        Some(true) if known.starts_with("100") => EXECUTABLE,
        Some(false) if known.starts_with("100") => PLAIN,
        _ => known,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn plan(paths: &[&str]) -> Plan {
        let entry = |mode: &str| Entry { mode: mode.to_owned(), sha: "a".repeat(40) };
        Plan::new(paths.iter().map(|path| (path.as_bytes().to_vec(), entry(PLAIN))).collect())
    }

    fn action(kind: ActionKind, path: &str, previous: Option<&str>) -> Action {
        let previous_path = previous.map(str::to_owned);
        Action {
            kind,
            file_path: path.into(),
            previous_path,
            content: None,
            execute_filemode: None,
            last_commit_id: None,
        }
    }

    fn refusal(plan: &mut Plan, kind: ActionKind, path: &str, previous: Option<&str>) -> String {
        plan.apply(&action(kind, path, previous), Some("b".repeat(40))).unwrap_err().to_string()
    }

    #[test]
    fn each_conflict_has_its_own_text() {
        let mut plan = plan(&["dir/file", "file", "dir-x"]);
        assert_eq!(refusal(&mut plan, ActionKind::Create, "file", None), "A file with this name already exists");
        assert_eq!(refusal(&mut plan, ActionKind::Create, "dir", None), "A directory with this name already exists");
        assert!(refusal(&mut plan, ActionKind::Create, "file/x", None).contains("one of the directories"));
        assert_eq!(refusal(&mut plan, ActionKind::Update, "nope", None), "A file with this name doesn't exist");
        assert_eq!(refusal(&mut plan, ActionKind::Delete, "dir", None), "A file with this name doesn't exist");
        assert_eq!(refusal(&mut plan, ActionKind::Move, "x", Some("nope")), "A file with this name doesn't exist");
    }

    #[test]
    fn later_actions_see_earlier_ones_and_removals_come_first() {
        let mut plan = plan(&["a"]);
        plan.apply(&action(ActionKind::Delete, "a", None), None).unwrap();
        plan.apply(&action(ActionKind::Create, "a/b", None), Some("b".repeat(40))).unwrap();
        plan.apply(&action(ActionKind::Move, "c", Some("a/b")), None).unwrap();
        let text = String::from_utf8(plan.index_info()).unwrap();
        let expected = format!("0 {0}\ta\00 {0}\ta/b\0100644 {1}\tc\0", super::super::NO_OBJECT, "b".repeat(40));
        assert_eq!(text, expected);
    }

    #[test]
    fn parameters_are_checked_before_anything_else() {
        for (kind, word) in [
            (ActionKind::Move, "previous_path"),
            (ActionKind::Update, "content"),
            (ActionKind::Chmod, "execute_filemode"),
        ] {
            assert!(validate(&action(kind, "a", None)).unwrap_err().to_string().starts_with(word));
        }
        assert!(validate(&action(ActionKind::Move, "a", Some("../b"))).is_err());
        assert!(validate(&action(ActionKind::Create, ".git/config", None)).is_err());
    }
}
