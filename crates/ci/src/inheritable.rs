//! The keywords that `default` can hold for all jobs, and `inherit`, by which a job leaves some of them.

use std::rc::Rc;

use crate::keyword::{DEFAULT, HOOKS, INHERIT, JOB};
use crate::place::{Place, shown};
use crate::plan::{Artifacts, Cache, Image, Inherit, Retry, Service};
use crate::report::Report;
use crate::yaml::node::{Entry, Kind, Node};
use crate::{artifacts, cache, duration, image, retry, script, suggest, tags, values, variables};

/// Longest time a job may ask for, in seconds: 30 days.
const MAX_TIMEOUT: i64 = 30 * 24 * 3600;

/// What was written of these keywords; `None` for one that was not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inheritable {
    pub(crate) artifacts: Option<Artifacts>,
    pub(crate) before_script: Option<Vec<String>>,
    pub(crate) after_script: Option<Vec<String>>,
    pub(crate) caches: Option<Vec<Cache>>,
    pub(crate) image: Option<Image>,
    pub(crate) services: Option<Vec<Service>>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) pre_get_sources: Option<Vec<String>>,
    pub(crate) retry: Option<Retry>,
    pub(crate) timeout: Option<i64>,
    pub(crate) interruptible: Option<bool>,
}

impl Inheritable {
    /// Reads a keyword of a job or of `default`, if it is one of these.
    pub(crate) fn keyword(&mut self, entry: &Entry, place: Place<'_>, report: &mut Report) -> bool {
        self.read(entry, place.at(&entry.key), report)
    }

    /// Reads a keyword that stands at the top of the file.
    pub(crate) fn keyword_at_root(&mut self, entry: &Entry, report: &mut Report) {
        self.read(entry, Place::root(&entry.key), report);
    }

    fn read(&mut self, entry: &Entry, place: Place<'_>, report: &mut Report) -> bool {
        let node = &entry.value;
        match &*entry.key {
            "before_script" => self.before_script = script::read(node, place, report),
            "after_script" => self.after_script = script::read(node, place, report),
            "artifacts" => self.artifacts = artifacts::read(node, place, report),
            "cache" => self.caches = cache::read(node, place, report),
            "image" => self.image = image::read(node, place, report),
            "services" => self.services = image::services(node, place, report),
            "tags" => self.tags = tags::read(node, place, report),
            "hooks" => self.pre_get_sources = hooks(node, place, report),
            "retry" => self.retry = retry::read(node, place, report),
            "timeout" => self.timeout = timeout(node, place, report),
            "interruptible" => self.interruptible = values::flag(node, place, report),
            _ => return false,
        }
        true
    }

    /// Takes from the defaults what was not written, as far as the job inherits it.
    pub(crate) fn inherit(self, from: &Inheritable, inherits: &Inherit) -> Inheritable {
        let default = |name: &str| inherits.takes(name).then_some(from);
        fn or<T: Clone>(
            own: Option<T>,
            from: Option<&Inheritable>,
            field: fn(&Inheritable) -> &Option<T>,
        ) -> Option<T> {
            own.or_else(|| from.and_then(|from| field(from).clone()))
        }
        Inheritable {
            artifacts: or(self.artifacts, default("artifacts"), |from| &from.artifacts),
            caches: or(self.caches, default("cache"), |from| &from.caches),
            before_script: or(self.before_script, default("before_script"), |from| &from.before_script),
            after_script: or(self.after_script, default("after_script"), |from| &from.after_script),
            image: or(self.image, default("image"), |from| &from.image),
            services: or(self.services, default("services"), |from| &from.services),
            tags: or(self.tags, default("tags"), |from| &from.tags),
            pre_get_sources: or(self.pre_get_sources, default("hooks"), |from| &from.pre_get_sources),
            retry: or(self.retry, default("retry"), |from| &from.retry),
            timeout: or(self.timeout, default("timeout"), |from| &from.timeout),
            interruptible: or(self.interruptible, default("interruptible"), |from| &from.interruptible),
        }
    }
}

/// Reads `default`.
pub(crate) fn read_default(node: &Node, report: &mut Report) -> Inheritable {
    let place = Place::root("default");
    let mut defaults = Inheritable::default();
    let Some(entries) = node.entries() else {
        report.error(node.at, format!("`{place}` must be a mapping of keywords, not {}", node.form()));
        return defaults;
    };
    for entry in entries {
        let of_jobs = JOB.read.contains(&&*entry.key) && !DEFAULT.later.contains(&&*entry.key);
        if defaults.keyword(entry, place, report) {
            continue;
        }
        if of_jobs {
            report.error(entry.at, format!("`{}` cannot be a default; write it in the jobs", shown(&entry.key)));
        } else {
            DEFAULT.refuse(entry, place, report);
        }
    }
    defaults
}

/// What a job inherits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inherits {
    /// Of the keywords of `default`.
    pub(crate) default: Inherit,
    /// Of the file's variables.
    pub(crate) variables: Inherit,
}

/// Reads `inherit`.
pub(crate) fn read_inherit(node: &Node, place: Place<'_>, report: &mut Report) -> Option<Inherits> {
    let Some(entries) = node.entries() else {
        report.error(node.at, format!("`{place}` must be a mapping of `default` and `variables`, not {}", node.form()));
        return None;
    };
    let mut inherits = Inherits::default();
    for entry in entries {
        let at = place.at(&entry.key);
        match &*entry.key {
            "default" => {
                inherits.default = part(&entry.value, at, report, |name| {
                    let known = DEFAULT.read.contains(&name) || DEFAULT.later.contains(&name);
                    let hint = suggest::hint(name, DEFAULT.read.iter().copied());
                    (!known).then(|| format!("`{}` cannot be a default{hint}", shown(name)))
                })?;
            }
            "variables" => {
                inherits.variables = part(&entry.value, at, report, |name| {
                    (!variables::is_name(name)).then(|| format!("`{}` is not the name of a variable", shown(name)))
                })?;
            }
            _ => {
                INHERIT.refuse(entry, place, report);
                return None;
            }
        }
    }
    Some(inherits)
}

fn part(
    node: &Rc<Node>,
    place: Place<'_>,
    report: &mut Report,
    problem: impl Fn(&str) -> Option<String>,
) -> Option<Inherit> {
    if !matches!(node.kind, Kind::Sequence(_)) {
        let all = values::flag(node, place, report)?;
        return Some(if all { Inherit::All } else { Inherit::Only(Vec::new()) });
    }
    let mut names = Vec::new();
    for item in values::flattened(node, place, report)? {
        let name = values::text(item, place, report)?;
        if let Some(problem) = problem(name) {
            report.error(item.at, format!("`{place}`: {problem}"));
            return None;
        }
        names.push(name.to_owned());
    }
    Some(Inherit::Only(names))
}

fn hooks(node: &Node, place: Place<'_>, report: &mut Report) -> Option<Vec<String>> {
    let Some(entries) = node.entries() else {
        report.error(node.at, format!("`{place}` must be a mapping of hooks to scripts, not {}", node.form()));
        return None;
    };
    let mut found = Some(Vec::new());
    for entry in entries {
        match &*entry.key {
            "pre_get_sources_script" => found = script::read(&entry.value, place.at(&entry.key), report),
            _ => HOOKS.refuse(entry, place, report),
        }
    }
    found
}

fn timeout(node: &Node, place: Place<'_>, report: &mut Report) -> Option<i64> {
    let text = values::text(node, place, report)?;
    let span = duration::parse(text).filter(|seconds| *seconds <= MAX_TIMEOUT);
    if span.is_none() {
        report.error(node.at, format!("`{place}` must be a span of time of at most 30 days, such as `1h 30m`"));
    }
    span
}
