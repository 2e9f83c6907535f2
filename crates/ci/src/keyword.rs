//! Which keywords exist where, and what to say about one that is not read here.

use crate::place::{Place, shown};
use crate::report::Report;
use crate::suggest;
use crate::yaml::node::Entry;

/// The keywords of one place of the file.
pub(crate) struct Keywords {
    /// Those that are read.
    pub(crate) read: &'static [&'static str],
    /// Those that exist but are not supported yet.
    pub(crate) later: &'static [&'static str],
}

/// Keywords of the whole file.
pub(crate) const TOP: Keywords = Keywords {
    read: &["include", "stages", "variables"],
    later: &[
        "after_script",
        "before_script",
        "cache",
        "default",
        "image",
        "pages",
        "services",
        "spec",
        "types",
        "workflow",
    ],
};

/// Keywords of a job.
pub(crate) const JOB: Keywords = Keywords {
    read: &[
        "after_script",
        "allow_failure",
        "before_script",
        "environment",
        "extends",
        "script",
        "stage",
        "tags",
        "variables",
        "when",
    ],
    later: &[
        "artifacts",
        "cache",
        "coverage",
        "dast_configuration",
        "dependencies",
        "except",
        "hooks",
        "id_tokens",
        "identity",
        "image",
        "inherit",
        "inputs",
        "interruptible",
        "manual_confirmation",
        "needs",
        "only",
        "pages",
        "parallel",
        "publish",
        "release",
        "resource_group",
        "retry",
        "rules",
        "run",
        "secrets",
        "services",
        "start_in",
        "timeout",
        "trigger",
        "type",
    ],
};

/// Keywords of an entry of `include`.
pub(crate) const INCLUDE: Keywords = Keywords { read: &["local"], later: &["inputs", "rules"] };

/// Keywords of a job's `environment`.
pub(crate) const ENVIRONMENT: Keywords =
    Keywords { read: &["action", "deployment_tier", "name", "url"], later: &["auto_stop_in", "kubernetes", "on_stop"] };

/// Keywords of a variable that is written as a mapping.
pub(crate) const VARIABLE: Keywords = Keywords { read: &["description", "expand", "value"], later: &["options"] };

impl Keywords {
    /// Reports a keyword of `place` that is not read here.
    pub(crate) fn refuse(&self, entry: &Entry, place: Place<'_>, report: &mut Report) {
        let key = &*entry.key;
        let message = if self.later.contains(&key) {
            format!("`{}` is not supported yet", place.at(key))
        } else {
            format!("`{place}` has the unknown keyword `{}`{}", shown(key), self.hint(key))
        };
        report.error(entry.at, message);
    }

    /// `; did you mean ...?` if a keyword is near, or nothing.
    pub(crate) fn hint(&self, word: &str) -> String {
        suggest::hint(word, self.read.iter().chain(self.later).copied())
    }
}
