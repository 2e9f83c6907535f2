//! A variable somebody wants to have: checked as a whole before it is kept.

use super::{EVERYWHERE, Kind, Owner, Traits};
use crate::refusal::{Refusal, Result};

/// The most variables of one project, one group, or the instance.
pub const MOST: usize = 1000;
/// The longest key, environment scope and description, in characters.
const LONGEST_TEXT: usize = 255;
/// The longest value, in characters.
const LONGEST_VALUE: usize = 10_000;
/// The shortest value that is masked, in characters: shorter ones would mask ordinary words.
const SHORTEST_MASKED: usize = 8;

/// A variable as it is to be.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it is.
    pub traits: Traits,
    /// Its value.
    pub value: String,
}

/// What is to change of a variable; what is `None` stays.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Its value.
    pub value: Option<String>,
    /// How it reaches a job.
    pub kind: Option<Kind>,
    /// Whether only jobs of protected branches and tags have it.
    pub protected: Option<bool>,
    /// Whether its value is masked in logs.
    pub masked: Option<bool>,
    /// Whether `$` in its value has no meaning.
    pub raw: Option<bool>,
    /// The environments whose jobs have it.
    pub environment_scope: Option<String>,
    /// What it is for; nothing if empty.
    pub description: Option<String>,
}

/// The other variables of the same owner: the keys and environment scopes.
pub type Others<'a> = &'a [(&'a str, &'a str)];

impl Draft {
    /// The same with the changes made.
    pub fn with(self, changes: &Changes) -> Draft {
        let (old, new) = (self.traits, changes.clone());
        let description = new.description.map(|text| Some(text).filter(|text| !text.is_empty()));
        Draft {
            value: new.value.unwrap_or(self.value),
            traits: Traits {
                kind: new.kind.unwrap_or(old.kind),
                protected: new.protected.unwrap_or(old.protected),
                masked: new.masked.unwrap_or(old.masked),
                raw: new.raw.unwrap_or(old.raw),
                environment_scope: new.environment_scope.unwrap_or(old.environment_scope),
                description: description.unwrap_or(old.description),
                key: old.key,
                hidden: old.hidden,
            },
        }
    }

    /// Whether the owner can have it beside the others.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn check(&self, owner: Owner, others: Others<'_>) -> Result<()> {
        self.check_key(others)?;
        self.check_scope(owner)?;
        self.check_value()?;
        if self.traits.hidden && !self.traits.masked {
            return Err(wrong("masked", "cannot be false: a hidden variable stays masked; delete it to have another"));
        }
        if self.traits.masked { self.check_masked(others) } else { Ok(()) }
    }

    fn check_key(&self, others: Others<'_>) -> Result<()> {
        let key = self.traits.key.as_str();
        if key.is_empty() || key.len() > LONGEST_TEXT || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            let rule = format!("must be 1 to {LONGEST_TEXT} letters (a-z, A-Z), digits and '_'");
            return Err(wrong("key", &rule));
        }
        if others.contains(&(key, &self.traits.environment_scope)) {
            let reason =
                format!("({key}) has already been taken in the environment scope {}", self.traits.environment_scope);
            return Err(Refusal::Taken("key".into(), reason));
        }
        if others.len() >= MOST {
            return Err(wrong(
                "base",
                &format!("there are {MOST} variables already, which is the most one place can have"),
            ));
        }
        let description = self.traits.description.as_deref().unwrap_or_default();
        if description.chars().count() > LONGEST_TEXT || description.contains('\0') {
            return Err(wrong("description", &format!("must have at most {LONGEST_TEXT} characters, without NUL")));
        }
        Ok(())
    }

    fn check_scope(&self, owner: Owner) -> Result<()> {
        let scope = self.traits.environment_scope.as_str();
        if owner == Owner::Instance && scope != EVERYWHERE {
            return Err(wrong("environment_scope", "must be '*': variables of the instance are for all environments"));
        }
        let good = |c: char| c.is_ascii_alphanumeric() || "-_/${} .*".contains(c);
        if scope.is_empty() || scope.len() > LONGEST_TEXT || !scope.chars().all(good) {
            let rule = format!(
                "must be 1 to {LONGEST_TEXT} letters, digits, spaces and -_/${{}}. as in names of environments, with * for \
                 any text"
            );
            return Err(wrong("environment_scope", &rule));
        }
        Ok(())
    }

    fn check_value(&self) -> Result<()> {
        if self.value.chars().nth(LONGEST_VALUE).is_some() || self.value.contains('\0') {
            return Err(wrong("value", &format!("must have at most {LONGEST_VALUE} characters, without NUL")));
        }
        Ok(())
    }

    /// What cannot be masked without fail, or would mask what is no secret, is refused.
    fn check_masked(&self, others: Others<'_>) -> Result<()> {
        let value = self.value.as_str();
        if value.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(wrong("value", "cannot be masked: it must be a single line without spaces"));
        }
        if value.chars().count() < SHORTEST_MASKED {
            return Err(wrong(
                "value",
                &format!("cannot be masked: it must have at least {SHORTEST_MASKED} characters"),
            ));
        }
        if others.iter().any(|(key, _)| *key == value) || value == self.traits.key || is_predefined(value) {
            return Err(wrong("value", "cannot be masked: it must not be the name of a variable"));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "_+=/@:.~-".contains(c);
        if !self.traits.raw && !value.chars().all(plain) {
            let rule = "cannot be masked: while variables in it are expanded, it must only have letters, digits and \
                        _+=/@:.~- (raw: true allows any character but spaces)";
            return Err(wrong("value", rule));
        }
        Ok(())
    }
}

/// Whether a text looks like the name of a variable that is there by itself.
fn is_predefined(text: &str) -> bool {
    let named = text.starts_with("CI_") || text.starts_with("GITLAB_");
    named && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn wrong(field: &str, why: &str) -> Refusal {
    Refusal::Field(field.into(), why.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ProjectId;

    const PROJECT: Owner = Owner::Project(ProjectId(1));

    fn draft(key: &str, value: &str) -> Draft {
        Draft { traits: Traits { key: key.into(), ..Traits::default() }, value: value.into() }
    }

    fn masked(value: &str, raw: bool) -> Draft {
        let traits = Traits { key: "A".into(), masked: true, raw, ..Traits::default() };
        Draft { traits, value: value.into() }
    }

    /// The field that is refused, if one is.
    fn fault(of: &Draft, owner: Owner, others: Others<'_>) -> Option<String> {
        match of.check(owner, others) {
            Ok(()) => None,
            Err(Refusal::Field(field, _) | Refusal::Taken(field, _)) => Some(field),
            Err(other) => Some(format!("{other:?}")),
        }
    }

    #[test]
    fn keys_scopes_and_sizes_have_bounds() {
        let scoped = |scope: &str| {
            let traits = Traits { key: "A".into(), environment_scope: scope.into(), ..Traits::default() };
            Draft { traits, value: String::new() }
        };
        for (draft, expected) in [
            (draft("A_1", ""), None),
            (draft("1A", "multi\nline"), None),
            (draft("", "x"), Some("key")),
            (draft("A-B", "x"), Some("key")),
            (draft("Ü", "x"), Some("key")),
            (draft(&"A".repeat(256), "x"), Some("key")),
            (draft("A", &"ü".repeat(10_000)), None),
            (draft("A", &"x".repeat(10_001)), Some("value")),
            (draft("A", "a\0b"), Some("value")),
            (scoped("review/*"), None),
            (scoped("${CI_COMMIT_REF_NAME} x.y"), None),
            (scoped(""), Some("environment_scope")),
            (scoped("a?b"), Some("environment_scope")),
        ] {
            assert_eq!(fault(&draft, PROJECT, &[]).as_deref(), expected, "{:?}", draft.traits);
        }
        assert_eq!(fault(&scoped("production"), Owner::Instance, &[]).as_deref(), Some("environment_scope"));
        let mut described = draft("A", "x");
        described.traits.description = Some("x".repeat(256));
        assert_eq!(fault(&described, PROJECT, &[]).as_deref(), Some("description"));
    }

    #[test]
    fn a_key_is_taken_once_in_each_scope_and_a_place_has_so_many() {
        let new = draft("A", "x");
        assert_eq!(fault(&new, PROJECT, &[("A", "review/*"), ("B", "*")]), None);
        assert_eq!(fault(&new, PROJECT, &[("A", "*")]).as_deref(), Some("key"));
        assert_eq!(fault(&new, PROJECT, &vec![("B", "*"); MOST - 1]), None);
        assert_eq!(fault(&new, PROJECT, &vec![("B", "*"); MOST]).as_deref(), Some("base"));
    }

    #[test]
    fn only_what_is_masked_without_fail_can_be_masked() {
        for (value, raw, expected) in [
            ("abcd1234", false, true),
            ("a.b@c:d~e/f+g=-_", false, true),
            ("abcd123", false, false),
            ("abcd 1234", true, false),
            ("abcd\n1234", true, false),
            ("abcd$1234", false, false),
            ("abcd$1234", true, true),
            ("pässwörd", true, true),
            ("CI_COMMIT_SHA", true, false),
            ("ci_commit_sha", true, true),
            ("OTHER_KEY", true, false),
        ] {
            let found = fault(&masked(value, raw), PROJECT, &[("OTHER_KEY", "*")]);
            assert_eq!(found.is_none(), expected, "{value:?} {raw} {found:?}");
        }
    }

    #[test]
    fn only_what_was_sent_changes_and_a_hidden_variable_stays_masked() {
        let mut hidden = masked("abcd1234", false);
        hidden.traits.hidden = true;
        assert!(hidden.clone().with(&Changes::default()) == hidden);
        let shown = hidden.clone().with(&Changes { masked: Some(false), ..Changes::default() });
        assert_eq!(fault(&shown, PROJECT, &[]).as_deref(), Some("masked"));
        let other = hidden.with(&Changes { value: Some("efgh5678".into()), raw: Some(true), ..Changes::default() });
        assert_eq!((other.value.as_str(), other.traits.raw, other.traits.hidden), ("efgh5678", true, true));
        assert_eq!(fault(&other, PROJECT, &[]), None);
    }
}
