//! Why a fetch failed, for people to read: what they can do about it first, then git's own words.

use super::Remote;

/// The most characters of git's words that are kept.
const MOST: usize = 300;

/// What git says, and what it means here.
const KNOWN: &[(&str, &str)] = &[
    ("dumb http transport", "the server only hands out files; it must speak git's own protocol over HTTP"),
    ("returned error: 30", "the server redirects to another address; use that one if you trust it"),
    ("Authentication failed", "the server does not accept the credentials"),
    ("could not read Username", "the server asks for credentials; put them into import_url"),
    ("could not read Password", "the server asks for credentials; put them into import_url"),
    ("returned error: 401", "the server does not accept the credentials"),
    ("returned error: 403", "the server does not let the server's account read the repository"),
    ("returned error: 404", "there is no such repository, or the credentials do not let the server see it"),
    (
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        "the host shows another key than before; check it, then set ssh_known_hosts",
    ),
    ("Host key verification failed", "the host's key is not the one in ssh_known_hosts"),
    ("Permission denied (", "the host does not accept the deploy key; add the public key there"),
    ("dubious ownership", "the repository does not belong to the server's own user"),
    ("not our ref", "the repository changed while it was fetched"),
    ("fsck error", "the repository holds objects that are not as they should be"),
    ("transport 'file' not allowed", "the server's own disk may not be read"),
];

/// The reason in one line, without control characters.
pub(super) fn reason(stderr: &str, remote: &Remote<'_>) -> String {
    let known = KNOWN.iter().find(|(said, _)| stderr.contains(said)).map(|(_, means)| *means);
    let lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("warning: "));
    let said: String = lines.collect::<Vec<_>>().join("; ").chars().filter(|c| !c.is_control()).collect();
    let said: String = match remote.credentials {
        // What is cut off must not be the rest of a secret.
        Some(secret) => secret.mask(&said).chars().take(MOST).collect(),
        None => said.chars().take(MOST).collect(),
    };
    match known {
        Some(known) => format!("{known} ({said})"),
        None if said.is_empty() => "git gave no reason".into(),
        None => said,
    }
}
