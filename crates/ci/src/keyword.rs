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
    /// Those that exist, are not supported, and change nothing of what runs.
    pub(crate) ignored: &'static [&'static str],
}

/// A place where every keyword there is, is read.
const fn all(read: &'static [&'static str]) -> Keywords {
    Keywords { read, later: &[], ignored: &[] }
}

/// Keywords of the whole file.
pub(crate) const TOP: Keywords = Keywords {
    read: &[
        "after_script",
        "before_script",
        "cache",
        "default",
        "image",
        "include",
        "services",
        "stages",
        "variables",
        "workflow",
    ],
    later: &["pages", "spec"],
    ignored: &[],
};

/// Keywords of a job.
pub(crate) const JOB: Keywords = Keywords {
    read: &[
        "after_script",
        "allow_failure",
        "artifacts",
        "before_script",
        "cache",
        "dependencies",
        "environment",
        "except",
        "extends",
        "hooks",
        "image",
        "inherit",
        "interruptible",
        "manual_confirmation",
        "needs",
        "only",
        "parallel",
        "resource_group",
        "retry",
        "rules",
        "script",
        "services",
        "stage",
        "start_in",
        "tags",
        "timeout",
        "variables",
        "when",
    ],
    later: &[
        "dast_configuration",
        "id_tokens",
        "identity",
        "inputs",
        "pages",
        "publish",
        "release",
        "run",
        "secrets",
        "trigger",
    ],
    ignored: &["coverage"],
};

/// Keywords of `default`.
pub(crate) const DEFAULT: Keywords = Keywords {
    read: &[
        "after_script",
        "artifacts",
        "before_script",
        "cache",
        "hooks",
        "image",
        "interruptible",
        "retry",
        "services",
        "tags",
        "timeout",
    ],
    later: &["id_tokens", "identity"],
    ignored: &[],
};

/// Keywords of a job's `inherit`.
pub(crate) const INHERIT: Keywords = all(&["default", "variables"]);

/// Keywords of `hooks`.
pub(crate) const HOOKS: Keywords = all(&["pre_get_sources_script"]);

/// Keywords of `workflow`.
pub(crate) const WORKFLOW: Keywords = all(&["auto_cancel", "name", "rules"]);

/// Keywords of `auto_cancel`.
pub(crate) const AUTO_CANCEL: Keywords =
    Keywords { read: &["on_new_commit"], later: &["on_job_failure"], ignored: &[] };

/// Keywords of a rule of a job.
pub(crate) const RULE: Keywords = Keywords {
    read: &["allow_failure", "changes", "exists", "if", "interruptible", "needs", "start_in", "variables", "when"],
    later: &[],
    ignored: &[],
};

/// Keywords of a rule of `workflow`.
pub(crate) const WORKFLOW_RULE: Keywords =
    Keywords { read: &["changes", "exists", "if", "variables", "when"], later: &["auto_cancel"], ignored: &[] };

/// Keywords of a rule of an `include`.
pub(crate) const INCLUDE_RULE: Keywords = all(&["changes", "exists", "if", "when"]);

/// Keywords of `changes`.
pub(crate) const CHANGES: Keywords = all(&["compare_to", "paths"]);

/// Keywords of `exists`.
pub(crate) const EXISTS: Keywords = Keywords { read: &["paths"], later: &["project", "ref"], ignored: &[] };

/// Keywords of `only` and `except`.
pub(crate) const ONLY_EXCEPT: Keywords =
    Keywords { read: &["changes", "refs", "variables"], later: &["kubernetes"], ignored: &[] };

/// Keywords of an entry of `include`.
pub(crate) const INCLUDE: Keywords = Keywords { read: &["local", "rules"], later: &["inputs"], ignored: &[] };

/// Keywords of an entry of `needs`.
pub(crate) const NEED: Keywords = all(&["artifacts", "job", "optional", "parallel"]);

/// Keywords of the `parallel` of an entry of `needs`.
pub(crate) const MATRIX_OF_NEED: Keywords = all(&["matrix"]);

/// Keywords of `parallel`.
pub(crate) const PARALLEL: Keywords = all(&["matrix"]);

/// Keywords of `artifacts`.
pub(crate) const ARTIFACTS: Keywords = Keywords {
    read: &["exclude", "expire_in", "name", "paths", "reports", "untracked", "when"],
    later: &["access", "public"],
    ignored: &["expose_as"],
};

/// Keywords of `artifacts:reports`. Others than these two only show something.
pub(crate) const REPORTS: Keywords = Keywords {
    read: &["dotenv"],
    later: &[],
    ignored: &[
        "accessibility",
        "annotations",
        "api_fuzzing",
        "browser_performance",
        "cluster_image_scanning",
        "codequality",
        "container_scanning",
        "coverage_fuzzing",
        "coverage_report",
        "cyclonedx",
        "dast",
        "dependency_scanning",
        "junit",
        "license_scanning",
        "load_performance",
        "metrics",
        "performance",
        "requirements",
        "requirements_v2",
        "sast",
        "secret_detection",
        "terraform",
    ],
};

/// Keywords of a cache.
pub(crate) const CACHE: Keywords = Keywords {
    read: &["fallback_keys", "key", "paths", "policy", "untracked", "when"],
    later: &[],
    ignored: &["unprotect"],
};

/// Keywords of a cache's `key`.
pub(crate) const CACHE_KEY: Keywords = Keywords { read: &["files", "prefix"], later: &["files_commits"], ignored: &[] };

/// Keywords of `retry`.
pub(crate) const RETRY: Keywords = all(&["exit_codes", "max", "when"]);

/// Keywords of `allow_failure`.
pub(crate) const ALLOW_FAILURE: Keywords = all(&["exit_codes"]);

/// Keywords of `image`.
pub(crate) const IMAGE: Keywords = all(&["docker", "entrypoint", "kubernetes", "name", "pull_policy"]);

/// Keywords of an entry of `services`.
pub(crate) const SERVICE: Keywords =
    all(&["alias", "command", "docker", "entrypoint", "kubernetes", "name", "pull_policy", "variables"]);

/// Options of Docker.
pub(crate) const DOCKER: Keywords = all(&["platform", "user"]);

/// Options of Kubernetes.
pub(crate) const KUBERNETES: Keywords = all(&["user"]);

/// Keywords of a job's `environment`.
pub(crate) const ENVIRONMENT: Keywords = Keywords {
    read: &["action", "auto_stop_in", "deployment_tier", "name", "on_stop", "url"],
    later: &["kubernetes"],
    ignored: &[],
};

/// Keywords of a variable that is written as a mapping.
pub(crate) const VARIABLE: Keywords =
    Keywords { read: &["description", "expand", "value"], later: &[], ignored: &["options"] };

impl Keywords {
    /// Reports a keyword of `place` that is not read here: with a warning, if that changes nothing of what runs.
    pub(crate) fn refuse(&self, entry: &Entry, place: Place<'_>, report: &mut Report) {
        let key = &*entry.key;
        if self.ignored.contains(&key) {
            return report.warning(entry.at, format!("`{}` has no effect here: it is not supported", place.at(key)));
        }
        let message = if self.later.contains(&key) {
            format!("`{}` is not supported yet", place.at(key))
        } else {
            format!("`{place}` has the unknown keyword `{}`{}", shown(key), self.hint(key))
        };
        report.error(entry.at, message);
    }

    /// `; did you mean ...?` if a keyword is near, or nothing.
    pub(crate) fn hint(&self, word: &str) -> String {
        suggest::hint(word, self.read.iter().chain(self.later).chain(self.ignored).copied())
    }
}
