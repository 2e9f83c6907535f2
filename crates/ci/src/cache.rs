//! `cache`: files that runners keep between jobs.

use std::rc::Rc;

use crate::artifacts::{patterns, when};
use crate::keyword::{CACHE, CACHE_KEY};
use crate::place::Place;
use crate::plan::{Cache, CacheKey, CachePolicy};
use crate::report::Report;
use crate::values;
use crate::yaml::node::{Entry, Kind, Node};

/// Most caches of one job.
const MAX_CACHES: usize = 4;
/// Most keys to fall back to.
const MAX_FALLBACKS: usize = 5;
/// Most files that make a key.
const MAX_FILES: usize = 2;
/// Longest key, in characters.
const MAX_CHARS: usize = 255;

/// Reads `cache`: one, a list of up to four, or none for an empty list or mapping.
pub(crate) fn read(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<Cache>> {
    let Kind::Sequence(_) = node.kind else { return Some(one(node, place, report)?.into_iter().collect()) };
    let items = values::flattened(node, place, report)?;
    if items.len() > MAX_CACHES {
        report.error(node.at, format!("`{place}` has {} entries; at most {MAX_CACHES} are allowed", items.len()));
        return None;
    }
    let caches: Vec<Option<Option<Cache>>> = items.into_iter().map(|item| one(item, place, report)).collect();
    Some(caches.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
}

/// One cache; the inner `None` for an empty mapping, which is none.
fn one(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Option<Cache>> {
    let Some(entries) = node.entries() else {
        report.error(node.at, format!("`{place}` must be a mapping with `paths`, not {}", node.form()));
        return None;
    };
    if entries.is_empty() {
        return Some(None);
    }
    let mut cache = Cache::default();
    let mut whole = true;
    for entry in entries {
        whole &= keyword(&mut cache, entry, place, report).is_some();
    }
    whole.then_some(Some(cache))
}

fn keyword(cache: &mut Cache, entry: &Entry, of: Place<'_>, report: &mut Report) -> Option<()> {
    let (node, place) = (&entry.value, of.at(&entry.key));
    match &*entry.key {
        "paths" => cache.paths = patterns(node, place, report)?,
        "untracked" => cache.untracked = values::flag(node, place, report)?,
        "when" => cache.when = when(node, place, report)?,
        "policy" => cache.policy = policy(node, place, report)?,
        "key" => cache.key = key(node, place, report)?,
        "fallback_keys" => {
            cache.fallback_keys = values::texts(node, (MAX_FALLBACKS, MAX_CHARS), place, report)?;
            if !cache.fallback_keys.iter().all(|key| is_key(key)) {
                refuse_key(node, place, report);
                return None;
            }
        }
        _ => {
            CACHE.refuse(entry, of, report);
            return CACHE.ignored.contains(&&*entry.key).then_some(());
        }
    }
    Some(())
}

fn policy(node: &Node, place: Place<'_>, report: &mut Report) -> Option<CachePolicy> {
    let text = values::text(node, place, report)?;
    if text.contains('$') {
        return Some(CachePolicy::Variable(text.to_owned()));
    }
    let words = ["pull-push", "pull", "push"];
    match text {
        "pull-push" => Some(CachePolicy::PullPush),
        "pull" => Some(CachePolicy::Pull),
        "push" => Some(CachePolicy::Push),
        _ => {
            values::refuse_word(node, place, text, &words, report);
            None
        }
    }
}

/// Reads `key`: a text, or the files whose content makes it, with what stands before.
fn key(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<CacheKey> {
    let Some(entries) = node.entries() else {
        let text = values::text(node, place, report)?;
        if !is_key(text) {
            refuse_key(node, place, report);
            return None;
        }
        return Some(CacheKey::Text(text.to_owned()));
    };
    // The inner `None` if they could not be read.
    let (mut files, mut prefix) = (None, None);
    for entry in entries {
        let (value, at) = (&entry.value, place.at(&entry.key));
        match &*entry.key {
            "files" => files = Some(values::texts(value, (MAX_FILES, MAX_CHARS), at, report)),
            "prefix" => prefix = values::text(value, at, report).map(str::to_owned),
            _ => {
                CACHE_KEY.refuse(entry, place, report);
                return None;
            }
        }
    }
    let files = files.unwrap_or_else(|| Some(Vec::new()))?;
    if files.is_empty() {
        report.error(node.at, format!("`{place}` needs `files`: one or two files of the repository"));
        return None;
    }
    Some(CacheKey::Files { files, prefix })
}

/// Whether a text can name a cache: it becomes a directory of the runner.
fn is_key(text: &str) -> bool {
    let parts = !text.contains('/') && !text.to_lowercase().contains("%2f");
    parts && !text.trim().is_empty() && text.chars().nth(MAX_CHARS).is_none() && text.chars().any(|c| c != '.')
}

fn refuse_key(node: &Node, place: Place<'_>, report: &mut Report) {
    let form = format!("1 to {MAX_CHARS} characters, without `/` and not only dots");
    report.error(node.at, format!("`{place}` must have {form}"));
}
