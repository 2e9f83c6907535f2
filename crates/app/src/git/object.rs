//! Commits as data, parsed from git's raw form.

/// Who did something to a commit, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signature {
    /// The name as written; may be empty.
    pub name: String,
    /// The mail address as written; may be empty.
    pub email: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

/// One commit. Text that is not UTF-8 has its broken bytes replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The full object name.
    pub sha: String,
    /// The first line of the message.
    pub title: String,
    /// The whole message.
    pub message: String,
    /// Who wrote the change.
    pub author: Signature,
    /// Who made the commit.
    pub committer: Signature,
    /// The parents, first parent first.
    pub parent_shas: Vec<String>,
}

impl Commit {
    /// Reads git's raw form; `None` when it has no tree line, so is no commit.
    pub(crate) fn parse(sha: &str, raw: &[u8]) -> Option<Self> {
        let end = raw.windows(2).position(|pair| pair == b"\n\n").unwrap_or(raw.len());
        let (headers, message) = (raw.get(..end)?, raw.get(end + 2..).unwrap_or_default());
        let message = String::from_utf8_lossy(message).into_owned();
        let title = message.trim_start_matches('\n').lines().next().unwrap_or_default().trim_end().to_owned();
        let mut commit = Self {
            sha: sha.to_owned(),
            title,
            message,
            author: Signature::default(),
            committer: Signature::default(),
            parent_shas: Vec::new(),
        };
        let mut has_tree = false;
        for line in headers.split(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line);
            match line.split_once(' ') {
                Some(("tree", _)) => has_tree = true,
                Some(("parent", parent)) => commit.parent_shas.push(parent.to_owned()),
                Some(("author", who)) => commit.author = Signature::parse(who),
                Some(("committer", who)) => commit.committer = Signature::parse(who),
                // Signatures, encodings and their continuation lines (which begin with a space) say nothing we show.
                _ => {}
            }
        }
        has_tree.then_some(commit)
    }
}

/// A tag object: what an annotated tag says. Text that is not UTF-8 has its broken bytes replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagObject {
    /// The whole message, without a signature.
    pub message: String,
    /// Who tagged; old ones do not say.
    pub tagger: Option<Signature>,
}

impl TagObject {
    /// Reads git's raw form.
    pub(crate) fn parse(raw: &[u8]) -> Self {
        let text = String::from_utf8_lossy(raw);
        let (headers, message) = text.split_once("\n\n").unwrap_or((&text, ""));
        let message = message.split("-----BEGIN PGP SIGNATURE-----").next().unwrap_or_default();
        let tagger = headers.lines().find_map(|line| line.strip_prefix("tagger ")).map(Signature::parse);
        Self { message: message.to_owned(), tagger }
    }
}

impl Signature {
    /// Reads `Name <address> seconds zone`, forgiving whatever is missing.
    fn parse(text: &str) -> Self {
        let (who, when) = text.rsplit_once('>').unwrap_or((text, ""));
        let (name, email) = who.split_once('<').unwrap_or((who, ""));
        let seconds: i64 = when.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0);
        Self { name: name.trim().to_owned(), email: email.trim().to_owned(), at: seconds.saturating_mul(1000) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_merge_with_a_signature_is_read() {
        let raw = b"tree 1\nparent a\nparent b\nauthor A <b> C <a@x> 12 +0100\ncommitter C <c@x> 13 -0000\n\
            gpgsig -----BEGIN\n author Evil <e@x> 99 +0000\n -----END\n\nTitle \n\nBody\n";
        let commit = Commit::parse("s", raw).unwrap();
        assert_eq!((commit.title.as_str(), commit.message.as_str()), ("Title", "Title \n\nBody\n"));
        assert_eq!(commit.parent_shas, ["a", "b"]);
        assert_eq!(commit.author, Signature { name: "A".into(), email: "b> C <a@x".into(), at: 12_000 });
        assert_eq!((commit.committer.name.as_str(), commit.committer.at), ("C", 13_000));
    }

    #[test]
    fn a_tag_says_who_and_what() {
        let raw =
            b"object 1\ntype commit\ntag v1\ntagger A <a@x> 12 +0000\n\nFirst\n-----BEGIN PGP SIGNATURE-----\nx\n";
        let tag = TagObject::parse(raw);
        assert_eq!((tag.message.as_str(), tag.tagger.map(|t| t.at)), ("First\n", Some(12_000)));
        assert_eq!(TagObject::parse(b"\xff"), TagObject { message: String::new(), tagger: None });
    }

    #[test]
    fn nonsense_is_forgiven() {
        let commit = Commit::parse("s", b"tree 1\nauthor \xff\ncommitter x <y> zz\n\n\xfe").unwrap();
        assert_eq!((commit.author.name.as_str(), commit.author.at), ("\u{fffd}", 0));
        assert_eq!(commit.title, "\u{fffd}");
        assert!(Commit::parse("s", b"").is_none());
        assert_eq!(Commit::parse("s", b"tree 1").unwrap().message, "");
    }
}
