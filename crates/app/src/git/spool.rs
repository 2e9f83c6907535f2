//! The push spool: what a push did, written by our hook before the client hears of success.
//!
//! The hook only records. Whoever reads an entry creates pipelines from it and then removes it,
//! so that a crash in between loses nothing. A push whose hook was killed is found by the ledger, without its pusher.
//! A commit made over the API writes its entry by itself, before the ref moves, as an intent.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use countersign_domain::event::By;

use super::repositories::abandoned;
use super::{GitError, RefUpdate, Repositories};

/// Runs after refs were updated. `sync -d` is missing in small systems, where the ledger alone guards against power loss.
const HOOK: &str = r#"#!/bin/sh
# Written at every start; changes are lost. Records the updated refs and does nothing else.
set -eu
case "${COUNTERSIGN_PUSH_ID:-}" in
    '' | *[!A-Za-z0-9-]*) exit 0 ;;
esac
spool="${0%/*}/../spool"
entry="${COUNTERSIGN_PROJECT_ID}-${COUNTERSIGN_PUSH_ID}"
{
    printf 'project %s\nby %s\n' "$COUNTERSIGN_PROJECT_ID" "$COUNTERSIGN_BY"
    cat
    printf 'end\n'
} > "$spool/.$entry"
sync -d "$spool/.$entry" 2>/dev/null || :
mv "$spool/.$entry" "$spool/$entry"
"#;

/// What the names of intents begin with.
const INTENT: &str = ".intent-";

/// One recorded push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The spool file, to be removed once the push has been dealt with.
    pub file: PathBuf,
    /// The project whose repository was pushed to.
    pub project: i64,
    /// Who pushed, as the audit names them.
    pub by: By,
    /// What moved, in the order git reported it.
    pub updates: Vec<RefUpdate>,
}

impl Repositories {
    /// Every complete entry of the spool, oldest first. What cannot be understood is logged and left for a person.
    ///
    /// # Errors
    /// When the spool cannot be read.
    pub fn spool_entries(&self) -> Result<Vec<Push>, GitError> {
        // A name that begins with a dot is still being written, or was cut short by a crash.
        let mut files: Vec<_> = self.files()?.into_iter().filter(|(_, file)| !named(file, ".")).collect();
        files.sort();
        Ok(files.into_iter().filter_map(|(_, file)| read(file)).collect())
    }

    /// Writes down, durably, what is about to move here; [`Self::spool_entries`] does not show it yet.
    ///
    /// # Errors
    /// When `id` cannot name a push, or the entry cannot be written.
    pub fn spool_intend(&self, id: &str, by: &By, project: i64, updates: &[RefUpdate]) -> Result<Push, GitError> {
        let who = serde_json::to_string(by).map_err(|e| GitError::Invalid(e.to_string()))?;
        if !is_push_id(id) {
            return Err(GitError::Invalid(format!("'{id}' cannot name a push")));
        }
        let file = self.spool.join(format!("{INTENT}{project}-{id}"));
        let line = |update: &RefUpdate| format!("{} {} {}\n", update.old, update.new, update.name);
        let lines: String = updates.iter().map(line).collect();
        let write = || {
            let mut opened = fs::File::create_new(&file)?;
            opened.write_all(format!("project {project}\nby {who}\n{lines}end\n").as_bytes())?;
            opened.sync_all()?;
            fs::File::open(&self.spool)?.sync_all()
        };
        write().map_err(|e| GitError::io("write a push spool entry", e))?;
        Ok(Push { file, project, by: by.clone(), updates: updates.to_vec() })
    }

    /// Makes an entry of what [`Self::spool_intend`] wrote, once the ref has moved.
    ///
    /// # Errors
    /// When it is no such file, or cannot be renamed.
    pub fn spool_confirm(&self, intended: Push) -> Result<Push, GitError> {
        let name = intended.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = name.strip_prefix(INTENT).ok_or_else(|| GitError::Invalid(format!("'{name}' is no intent")))?;
        let file = self.spool.join(name);
        fs::rename(&intended.file, &file).map_err(|e| GitError::io("confirm a push spool entry", e))?;
        Ok(Push { file, ..intended })
    }

    /// What was intended and never confirmed. To be asked at a start only. One that was cut short moved nothing and is
    /// forgotten.
    ///
    /// # Errors
    /// When the spool cannot be read.
    pub fn spool_intents(&self) -> Result<Vec<Push>, GitError> {
        let mut files: Vec<_> = self.files()?.into_iter().filter(|(_, file)| named(file, INTENT)).collect();
        files.sort();
        let mut found = Vec::new();
        for (_, file) in files {
            match read(file.clone()) {
                Some(push) => found.push(push),
                None => self.spool_forget(&file)?,
            }
        }
        Ok(found)
    }

    /// Removes an intent that moved nothing, unless another server that shares this directory may still be at it.
    ///
    /// # Errors
    /// As [`Self::spool_remove`].
    pub fn spool_forget(&self, file: &PathBuf) -> Result<(), GitError> {
        if abandoned(file) { self.spool_remove(file) } else { Ok(()) }
    }

    fn files(&self) -> Result<Vec<(Option<SystemTime>, PathBuf)>, GitError> {
        let failed = |e| GitError::io("read the push spool", e);
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.spool).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            files.push((entry.metadata().and_then(|meta| meta.modified()).ok(), entry.path()));
        }
        Ok(files)
    }

    /// The entry of one push, if its hook has written it.
    pub fn spool_entry(&self, project: i64, push_id: &str) -> Option<Push> {
        let file = self.spool.join(format!("{project}-{push_id}"));
        if is_push_id(push_id) && file.exists() { read(file) } else { None }
    }

    /// Removes an entry that has been dealt with. One that is gone is fine.
    ///
    /// # Errors
    /// When it cannot be removed, or is no file of the spool.
    pub fn spool_remove(&self, file: &Path) -> Result<(), GitError> {
        if file.parent() != Some(self.spool.as_path()) {
            return Err(GitError::Invalid(format!("'{}' is not an entry of the push spool", file.display())));
        }
        match fs::remove_file(file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(GitError::io("remove a push spool entry", e)),
            _ => Ok(()),
        }
    }
}

/// Writes the hooks there are, replacing whatever is there in one step each.
pub(crate) fn write_hooks(hooks: &Path) -> Result<(), GitError> {
    write_hook(hooks, "post-receive", HOOK)?;
    write_hook(hooks, "pre-receive", super::history::HOOK)
}

fn write_hook(hooks: &Path, name: &str, text: &str) -> Result<(), GitError> {
    let write = || {
        let staged = hooks.join(format!(".{name}.new"));
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o755).open(&staged)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&staged, hooks.join(name))
    };
    write().map_err(|e| GitError::io(format!("write the {name} hook"), e))
}

/// True for what may name a push: 1 to 64 letters, digits and hyphens.
pub(crate) fn is_push_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn named(file: &Path, prefix: &str) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix))
}

fn read(file: PathBuf) -> Option<Push> {
    let parsed = fs::read(&file).ok().and_then(|bytes| parse(file.clone(), &String::from_utf8_lossy(&bytes)));
    if parsed.is_none() {
        tracing::warn!(file = %file.display(), "a push spool entry cannot be understood");
    }
    parsed
}

fn parse(file: PathBuf, text: &str) -> Option<Push> {
    let mut lines = text.strip_suffix("end\n")?.lines();
    let project = lines.next()?.strip_prefix("project ")?.parse().ok()?;
    let by = serde_json::from_str(lines.next()?.strip_prefix("by ")?).ok()?;
    let updates = lines.map(update).collect::<Option<Vec<_>>>()?;
    Some(Push { file, project, by, updates })
}

fn update(line: &str) -> Option<RefUpdate> {
    let mut words = line.splitn(3, ' ');
    let (old, new, name) = (words.next()?, words.next()?, words.next()?);
    let valid = super::is_sha(old) && super::is_sha(new);
    valid.then(|| RefUpdate { old: old.to_owned(), new: new.to_owned(), name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use countersign_domain::ids::UserId;

    #[test]
    fn entries_that_were_cut_short_are_not_believed() {
        let line = format!("{} {} refs/heads/a b", "1".repeat(40), "2".repeat(40));
        let by = By { user: Some(UserId(4)), address: Some("2001:db8::1".into()), ..By::default() };
        let whole = format!("project 3\nby {}\n{line}\nend\n", serde_json::to_string(&by).unwrap());
        let push = parse(PathBuf::from("x"), &whole).unwrap();
        assert_eq!((push.project, push.by, push.updates[0].name.as_str()), (3, by, "refs/heads/a b"));
        for cut in 0..whole.len() {
            assert!(parse(PathBuf::from("x"), &whole[..cut]).is_none(), "{cut}");
        }
    }

    #[test]
    fn push_names_cannot_leave_the_spool() {
        assert!(is_push_id("a-1"));
        for bad in ["", "../x", "a/b", "a b", &"x".repeat(65)] {
            assert!(!is_push_id(bad), "{bad}");
        }
    }
}
