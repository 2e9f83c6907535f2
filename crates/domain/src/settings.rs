//! What people choose for a project or a group, besides its name, its place and who belongs to it.

mod group;
mod project;

pub use group::{GroupSettings, GroupSettingsChanges, ProjectCreation, SubgroupCreation};
pub use project::{CancellationRole, OverrideRole, ProcessMode, ProjectSettings, ProjectSettingsChanges};

use serde::{Deserialize, Serialize};

/// An enumeration of words, as they are stored and on the wire.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $variant),* }

        impl $name {
            /// All of them, in order of definition.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The word on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }
        }
    };
}
use words;

/// Settings with their defaults, and the changes somebody asks for.
macro_rules! settings {
    ($(#[$about:meta])* $name:ident, $changes:ident {
        $($(#[$doc:meta])* $field:ident: $type:ty = $default:expr;)*
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$doc])* pub $field: $type),* }

        impl Default for $name {
            fn default() -> $name {
                $name { $($field: $default),* }
            }
        }

        /// What is to change; what is `None` stays.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $changes { $($(#[$doc])* pub $field: Option<$type>),* }

        impl $name {
            /// The settings with the changes made.
            pub fn with(&self, changes: &$changes) -> $name {
                let old = self.clone();
                $name { $($field: changes.$field.clone().unwrap_or(old.$field)),* }
            }
        }
    };
}
use settings;

words! {
    /// For whom a part of a project is there.
    FeatureAccess {
        /// Nobody.
        Disabled = "disabled",
        /// Members only.
        Private = "private",
        /// Everybody who sees the project.
        Enabled = "enabled",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests end where they fail")]
    use super::*;

    #[test]
    fn only_what_was_sent_changes() {
        let old = ProjectSettings { ci_default_git_depth: 7, ..ProjectSettings::default() };
        assert_eq!(old.with(&ProjectSettingsChanges::default()), old);
        let changes = ProjectSettingsChanges { ci_config_path: Some(Some("ci.yml".into())), ..Default::default() };
        let new = old.with(&changes);
        assert_eq!((new.ci_config_path.as_deref(), new.ci_default_git_depth), (Some("ci.yml"), 7));
        let cleared = ProjectSettingsChanges { ci_config_path: Some(None), ..Default::default() };
        assert_eq!(new.with(&cleared), old);
    }

    #[test]
    fn settings_survive_being_stored_and_nothing_unknown_is_read() {
        let kept = serde_json::to_string(&ProjectSettings::default()).unwrap();
        assert_eq!(serde_json::from_str::<ProjectSettings>(&kept).unwrap(), ProjectSettings::default());
        assert!(serde_json::from_str::<ProjectSettings>("{}").is_err());
        let more = kept.replacen('{', r#"{"more": 1, "#, 1);
        assert!(serde_json::from_str::<ProjectSettings>(&more).is_err());
        let kept = serde_json::to_string(&GroupSettings::default()).unwrap();
        assert_eq!(serde_json::from_str::<GroupSettings>(&kept).unwrap(), GroupSettings::default());
        for word in FeatureAccess::ALL {
            assert_eq!(serde_json::to_string(word).unwrap(), format!("\"{}\"", word.as_str()));
        }
    }
}
