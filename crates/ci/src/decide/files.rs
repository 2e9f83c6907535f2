//! `changes` and `exists`: conditions that ask for the files of the commit.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::{Scope, Undecided};
use crate::glob::Globs;
use crate::input::{Changed, Repository};
use crate::place::shown;
use crate::report::Report;
use crate::rules::Changes;
use crate::yaml::node::Position;

/// How many paths are compared with patterns at most.
const MAX_COMPARED: u64 = 20_000_000;

/// What a condition asks for.
#[derive(PartialEq, Eq, Hash)]
enum Question {
    Exist(Vec<String>),
    Changed(Vec<String>, Option<String>),
}

/// The files of the commit; each question is answered once.
pub(crate) struct Files<'a> {
    repository: &'a dyn Repository,
    changes: RefCell<HashMap<Option<String>, Rc<Changed>>>,
    answers: RefCell<HashMap<Question, bool>>,
    left: Cell<u64>,
}

impl<'a> Files<'a> {
    /// Those of a commit.
    pub(crate) fn of(repository: &'a dyn Repository) -> Self {
        let (changes, answers) = Default::default();
        Self { repository, changes, answers, left: Cell::new(MAX_COMPARED) }
    }

    /// Whether one of the files changed.
    ///
    /// # Errors
    /// Nobody knows.
    pub(crate) fn changed(&self, of: &Changes, scope: &Scope<'_>, report: &mut Report) -> Result<bool, Undecided> {
        let since = of.compare_to.as_ref().map(|text| scope.expanded(text));
        let changed = self.changes_since(since.clone());
        let paths = match &*changed {
            Changed::Everything => return Ok(true),
            Changed::Paths(paths) => paths,
            Changed::NoSuchRef => {
                let name = shown(&since.unwrap_or_default());
                return fail(of.at, &format!("`compare_to` names `{name}`, which is no branch, tag or commit"), report);
            }
            Changed::Unknown => {
                return fail(of.at, "`changes` cannot be decided: what changed is not known here", report);
            }
        };
        let patterns: Vec<String> = of.paths.iter().map(|path| scope.expanded(path)).collect();
        self.answer(Question::Changed(patterns, since), paths, of.at, report)
    }

    /// Whether one of the files is there.
    ///
    /// # Errors
    /// Nobody knows.
    pub(crate) fn exist(
        &self,
        paths: &[String],
        at: Position,
        scope: &Scope<'_>,
        report: &mut Report,
    ) -> Result<bool, Undecided> {
        let Some(known) = self.repository.paths() else {
            return fail(at, "`exists` cannot be decided: what is in the commit is not known here", report);
        };
        let patterns: Vec<String> =
            paths.iter().map(|path| scope.expanded(path).trim_start_matches('/').to_owned()).collect();
        self.answer(Question::Exist(patterns), known, at, report)
    }

    fn changes_since(&self, since: Option<String>) -> Rc<Changed> {
        let mut known = self.changes.borrow_mut();
        let found = known.entry(since).or_insert_with_key(|since| Rc::new(self.repository.changed(since.as_deref())));
        Rc::clone(found)
    }

    fn answer(
        &self,
        question: Question,
        paths: &[String],
        at: Position,
        report: &mut Report,
    ) -> Result<bool, Undecided> {
        if let Some(known) = self.answers.borrow().get(&question) {
            return Ok(*known);
        }
        let (Question::Exist(patterns) | Question::Changed(patterns, _)) = &question;
        let Some(globs) = Globs::new(patterns.iter().map(String::as_str)) else {
            return fail(at, "the path patterns of this rule are too large", report);
        };
        let cost = u64::try_from(paths.len()).unwrap_or(u64::MAX);
        let Some(left) = self.left.get().checked_sub(cost) else {
            let message = format!(
                "`changes` and `exists` compare more than {MAX_COMPARED} paths with patterns; use fewer patterns"
            );
            return fail(at, &message, report);
        };
        self.left.set(left);
        let answer = paths.iter().any(|path| globs.matches(path));
        self.answers.borrow_mut().insert(question, answer);
        Ok(answer)
    }
}

fn fail(at: Position, message: &str, report: &mut Report) -> Result<bool, Undecided> {
    report.error(at, message);
    Err(Undecided)
}
