//! Which names and addresses people, groups and projects may have.

use crate::git;
use countersign_domain::access::Visibility;
use countersign_domain::refusal::Refusal;

/// The longest name, path, username or mail address.
const LONGEST: usize = 255;
/// The longest description.
const LONGEST_DESCRIPTION: usize = 2000;
/// The most topics of a project.
const MOST_TOPICS: usize = 100;
/// How deep groups nest: a group in no other is 1.
pub const DEEPEST: usize = 20;

/// Names at the top that address something else.
const RESERVED_AT_TOP: &[&str] = &[
    "-",
    "admin",
    "api",
    "apple-touch-icon.png",
    "assets",
    "dashboard",
    "deploy.html",
    "explore",
    "favicon.ico",
    "files",
    "groups",
    "health_check",
    "help",
    "import",
    "jwt",
    "login",
    "metrics",
    "notes",
    "oauth",
    "profile",
    "projects",
    "public",
    "readiness",
    "robots.txt",
    "s",
    "search",
    "sitemap",
    "slash-command-logo.png",
    "snippets",
    "unsubscribes",
    "uploads",
    "user",
    "users",
    "v2",
];
/// Names of groups within groups, and of projects, that address something else.
const RESERVED_BELOW: &[&str] = &[
    "-",
    "badges",
    "blame",
    "blob",
    "builds",
    "commits",
    "create",
    "edit",
    "files",
    "find_file",
    "gitlab-lfs",
    "info",
    "network",
    "new",
    "preview",
    "raw",
    "refs",
    "tree",
    "update",
    "wikis",
];

const PATH_RULE: &str = "can only include non-accented letters, digits, '_', '-' and '.'. It must not start with '-' \
     or '.', nor end with '.', '.git' or '.atom'.";

/// The path of a group or the name of a user at the top of all addresses.
///
/// # Errors
/// The refusal names `field`.
pub fn top_path(field: &str, path: &str) -> Result<(), Refusal> {
    shaped(field, path)?;
    free_of(field, path, RESERVED_AT_TOP)
}

/// The path of a group in a group, or of a project.
///
/// # Errors
/// The refusal names `field`.
pub fn nested_path(field: &str, path: &str) -> Result<(), Refusal> {
    shaped(field, path)?;
    free_of(field, path, RESERVED_BELOW)
}

/// Whether a text can be the whole address of a group, project or personal namespace.
pub fn is_full_path(text: &str) -> bool {
    let (top, below) = text.split_once('/').map_or((text, None), |(top, below)| (top, Some(below)));
    let nested = |part: &str| nested_path("path", part).is_ok();
    top_path("path", top).is_ok() && below.is_none_or(|below| below.split('/').all(nested))
}

/// The name of a group, project or person.
///
/// # Errors
/// The refusal names `field`.
pub fn name(field: &str, name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Err(invalid(field, "can't be blank"));
    }
    length(field, name, LONGEST)?;
    if name.chars().any(char::is_control) {
        return Err(invalid(field, "can't contain control characters"));
    }
    Ok(())
}

/// The name of a group.
///
/// # Errors
/// The refusal names `name`.
pub fn group_name(text: &str) -> Result<(), Refusal> {
    let rule = "can contain only letters, digits, emoji, '_', '.', '+', dashes, spaces, or parentheses. It must start \
                with a letter, digit, emoji, or '_'.";
    written(text, "_.+- ()", rule)
}

/// The name of a project.
///
/// # Errors
/// The refusal names `name`.
pub fn project_name(text: &str) -> Result<(), Refusal> {
    let rule = "can contain only letters, digits, emoji, '_', '.', '+', dashes, or spaces. It must start with a \
                letter, digit, emoji, or '_'.";
    written(text, "_.+- ", rule)
}

/// A description.
///
/// # Errors
/// The refusal names `description`.
pub fn description(text: &str) -> Result<(), Refusal> {
    length("description", text, LONGEST_DESCRIPTION)?;
    if text.contains('\0') { Err(invalid("description", "can't contain null characters")) } else { Ok(()) }
}

/// The branch that clones check out: one that git accepts.
///
/// # Errors
/// The refusal names `default_branch`.
pub fn branch(text: &str) -> Result<(), Refusal> {
    match git::ref_name_refusal(&format!("refs/heads/{text}")) {
        None => Ok(()),
        Some(why) => Err(invalid("default_branch", why)),
    }
}

/// What a project is about: tags without blanks around them, each once.
///
/// # Errors
/// The refusal names `topics`.
pub fn topics(asked: &[String]) -> Result<Vec<String>, Refusal> {
    let mut topics: Vec<String> = Vec::new();
    for topic in asked.iter().map(|t| t.trim()).filter(|t| !t.is_empty()) {
        length("topics", topic, LONGEST)?;
        if topic.contains(|c: char| c.is_control() || c == ',') {
            return Err(invalid("topics", "can't contain commas or control characters"));
        }
        if !topics.iter().any(|known| known.to_lowercase() == topic.to_lowercase()) {
            topics.push(topic.to_owned());
        }
    }
    match topics.len() > MOST_TOPICS {
        true => Err(invalid("topics", &format!("are too many (maximum is {MOST_TOPICS})"))),
        false => Ok(topics),
    }
}

/// A mail address: one `@` with something on both sides, and no spaces.
///
/// # Errors
/// The refusal names `email`.
pub fn email(text: &str) -> Result<(), Refusal> {
    length("email", text, LONGEST)?;
    let odd = |c: char| c.is_whitespace() || c.is_control();
    let parts = text.split_once('@').filter(|(local, host)| !local.is_empty() && !host.is_empty());
    match parts {
        Some((_, host)) if !host.contains('@') && !text.contains(odd) => Ok(()),
        _ => Err(invalid("email", "is invalid")),
    }
}

/// A project's path made of its name, where none was given: the name itself where that is an address, else its letters
/// and digits with dashes between.
pub fn path_of(name: &str) -> String {
    if shaped("path", name).is_ok() {
        return name.to_owned();
    }
    let mut path = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            c if c.is_ascii_alphanumeric() => path.push(c),
            _ if path.is_empty() || path.ends_with('-') => {}
            _ => path.push('-'),
        }
    }
    path.truncate(path.trim_end_matches('-').len());
    path
}

/// Nothing is wider than the group it lies in.
///
/// # Errors
/// The refusal names `visibility_level`.
pub fn within(own: Visibility, group: Visibility) -> Result<(), Refusal> {
    if own <= group {
        return Ok(());
    }
    let (own, group) = (own.as_str(), group.as_str());
    Err(invalid("visibility_level", &format!("{own} is not allowed in a {group} group.")))
}

/// What is to be deleted has the address that was given to be sure.
///
/// # Errors
/// It has another.
pub fn confirmed(full_path: &str, given: Option<&str>, what: &str) -> Result<(), Refusal> {
    match given {
        Some(given) if !given.eq_ignore_ascii_case(full_path) => {
            let why = format!("`full_path` is incorrect. You must enter the complete path for the {what}.");
            Err(Refusal::BadRequest("delete.full_path", why))
        }
        _ => Ok(()),
    }
}

/// A refusal of one field.
pub(crate) fn invalid(field: &str, why: &str) -> Refusal {
    Refusal::Field(field.to_owned(), why.to_owned())
}

/// The refusal of an address that something else has.
pub(crate) fn taken(field: &str) -> Refusal {
    Refusal::Taken(field.to_owned(), "has already been taken".to_owned())
}

fn written(text: &str, others: &str, rule: &str) -> Result<(), Refusal> {
    name("name", text)?;
    let symbol = |c: char| !c.is_ascii() && !c.is_control();
    let first = |c: char| c.is_alphanumeric() || c == '_' || symbol(c);
    let fits = text.chars().all(|c| first(c) || others.contains(c)) && text.chars().next().is_some_and(first);
    if fits { Ok(()) } else { Err(invalid("name", rule)) }
}

fn shaped(field: &str, path: &str) -> Result<(), Refusal> {
    if path.is_empty() {
        return Err(invalid(field, "can't be blank"));
    }
    length(field, path, LONGEST)?;
    let edge = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let inner = path.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let edges = path.starts_with(edge) && path.ends_with(|c| edge(c) || c == '-');
    let lower = path.to_ascii_lowercase();
    let suffix = [".git", ".atom"].iter().any(|s| lower.ends_with(s));
    if inner && edges && !suffix { Ok(()) } else { Err(invalid(field, PATH_RULE)) }
}

fn free_of(field: &str, path: &str, reserved: &[&str]) -> Result<(), Refusal> {
    let lower = path.to_ascii_lowercase();
    if reserved.contains(&lower.as_str()) { Err(invalid(field, "is a reserved name")) } else { Ok(()) }
}

fn length(field: &str, text: &str, longest: usize) -> Result<(), Refusal> {
    if text.chars().count() <= longest {
        return Ok(());
    }
    Err(invalid(field, &format!("is too long (maximum is {longest} characters)")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn paths_are_plain_and_not_taken_by_the_server() {
        for good in ["a", "my-group", "A_b.c", "_x", "9", "x-", "v1.2"] {
            assert!(nested_path("path", good).is_ok(), "{good}");
        }
        for bad in ["", "-a", ".a", "a.", "a.git", "A.GIT", "a.atom", "a b", "a/b", "ä", "a\0", "..", &"a".repeat(256)]
        {
            assert!(nested_path("path", bad).is_err(), "{bad}");
        }
        for reserved in ["api", "Users", "-", "help", "login", "dashboard"] {
            assert!(top_path("path", reserved).is_err(), "{reserved}");
        }
        assert!(nested_path("path", "api").is_ok());
        assert!(nested_path("path", "tree").is_err());
    }

    #[test]
    fn whole_addresses_are_told_from_everything_else() {
        for good in ["ann", "acme/shop", "a/b/c-d/api"] {
            assert!(is_full_path(good), "{good}");
        }
        for bad in [
            "",
            "/",
            "a//b",
            "acme/",
            "api/v4",
            "Users/sign_in",
            "-/x",
            "acme/shop.git",
            "acme/shop/info/refs",
            "a%2Fb",
        ] {
            assert!(!is_full_path(bad), "{bad}");
        }
    }

    #[test]
    fn a_project_gets_its_path_from_its_name() {
        assert_eq!(path_of("My Project (1)"), "my-project-1");
        assert_eq!(path_of("plain.Name"), "plain.Name");
        assert_eq!(path_of("ÄÖ"), "");
        assert_eq!(path_of(" -x- "), "x");
    }

    #[test]
    fn names_and_addresses_are_checked() {
        assert!(group_name("Ops (EU) 🚀").is_ok());
        assert!(project_name("Ops (EU)").is_err());
        assert!(project_name("-x").is_err());
        assert!(name("name", "\u{7}").is_err());
        assert!(name("name", "  ").is_err());
        assert!(email("a@b").is_ok());
        for bad in ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\0"] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn topics_are_tags_and_each_counts_once() {
        let of = |asked: &[&str]| topics(&asked.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&[" web ", "", "Web", "ci cd"]).unwrap(), ["web", "ci cd"]);
        assert!(of(&["a,b"]).is_err());
        assert!(of(&["a\nb"]).is_err());
        assert!(of(&[&"x".repeat(256)]).is_err());
        let many: Vec<_> = (0..101).map(|n| n.to_string()).collect();
        assert!(topics(&many).is_err());
    }

    #[test]
    fn nothing_is_wider_than_its_group() {
        assert!(within(Visibility::Private, Visibility::Private).is_ok());
        assert!(within(Visibility::Public, Visibility::Internal).is_err());
    }
}
