//! Some clients send the paths of groups, projects and environments unescaped below `protected_environments`, and all send
//! those of files in archives so.

use std::borrow::Cow;

const MARKER: &str = "protected_environments";

/// The path with one trailing slash less, and with unescaped paths of protected environments escaped:
/// `/projects/grp/p/protected_environments/prod/eu` becomes `/projects/grp%2Fp/protected_environments/prod%2Feu`.
///
/// Everything after the first `protected_environments` that can be one is the environment's name. Numbers and
/// escaped paths are one segment already and stay as they are.
pub fn normalize(path: &str) -> Cow<'_, str> {
    let trimmed = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
    escaped(trimmed).or_else(|| of_artifact(trimmed)).map_or(Cow::Borrowed(trimmed), Cow::Owned)
}

/// The path of a file in the archive of a job as one segment: `…/jobs/7/artifacts/a/b` becomes `…/jobs/7/artifacts/a%2Fb`,
/// and `…/jobs/artifacts/main/raw/a/b` likewise.
fn of_artifact(path: &str) -> Option<String> {
    if !path.contains("/artifacts/") {
        return None;
    }
    let segments: Vec<&str> = path.split('/').collect();
    let jobs = segments.iter().position(|segment| *segment == "jobs")?;
    let begin = match segments.get(jobs + 1..)? {
        ["artifacts", _, "raw", ..] => jobs + 4,
        [_, "artifacts", ..] => jobs + 3,
        _ => return None,
    };
    let (head, rest) = (segments.get(..begin)?, segments.get(begin..)?);
    (rest.len() > 1).then(|| format!("{}/{}", head.join("/"), rest.join("%2F")))
}

fn escaped(path: &str) -> Option<String> {
    if !path.contains(MARKER) {
        return None;
    }
    let (head, tail, least) = scope(path)?;
    let segments: Vec<&str> = tail.split('/').collect();
    let single = is_one_segment(segments.first()?);
    let marker = if single {
        Some(1).filter(|at| segments.get(*at) == Some(&MARKER))?
    } else {
        (least..segments.len()).find(|at| segments.get(*at) == Some(&MARKER))?
    };
    let (owner, name) = (segments.get(..marker)?, segments.get(marker + 1..)?);
    if owner.len() < 2 && name.len() < 2 {
        return None;
    }
    let mut result = format!("{head}{}/{MARKER}", owner.join("%2F"));
    if !name.is_empty() {
        result.push('/');
        result.push_str(&name.join("%2F"));
    }
    Some(result)
}

/// The path up to the owner, the rest, and the least number of segments an unescaped owner has.
fn scope(path: &str) -> Option<(&str, &str, usize)> {
    [("/projects/", 2), ("/groups/", 1)].into_iter().find_map(|(word, least)| {
        let start = if path.starts_with("/api/v4/") { "/api/v4".len() } else { 0 };
        let rest = path.get(start..)?.strip_prefix(word)?;
        Some((path.get(..path.len() - rest.len())?, rest, least))
    })
}

fn is_one_segment(segment: &str) -> bool {
    let number = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    number || segment.to_ascii_lowercase().contains("%2f")
}
