//! What the reader may do with a job or a pipeline as buttons, and why not where they may not.

use super::error::told;
use super::view::below;
use crate::reply::ApiError;
use countersign_app::options::Options;
use countersign_domain::job::Act;
use countersign_domain::refusal::Refusal;
use countersign_store::jobs::Job;
use countersign_store::projects::Project;

/// What is done with a thing. Templates find it as `deeds`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Deeds {
    /// What the reader may do.
    pub(crate) offered: Vec<Deed>,
    /// What they may not.
    pub(crate) refused: Vec<Barred>,
}

/// Something that the reader may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deed {
    /// What it is called.
    pub(crate) word: &'static str,
    /// Where its form goes.
    pub(crate) action: String,
    /// How its button looks.
    pub(crate) tone: &'static str,
    /// What to think of before.
    pub(crate) warning: Option<String>,
}

/// Things that the reader may not do, all for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Barred {
    /// What they are called.
    pub(crate) words: Vec<&'static str>,
    /// Why not.
    pub(crate) why: String,
}

impl Deeds {
    /// What is done with a job.
    pub(crate) fn of_job<'r>(
        project: &Project,
        job: &Job,
        acts: impl Iterator<Item = (Act, Option<&'r Refusal>)>,
    ) -> Deeds {
        let mut deeds = Deeds::default();
        for (act, refusal) in acts {
            let action = below(project, &format!("jobs/{}/{}", job.id, path(act)));
            let confirm = Options::read(&job.options).manual_confirmation.filter(|_| act == Act::Play);
            let deed = deed(act, action);
            deeds.add(Deed { warning: confirm.or(deed.warning), ..deed }, refusal);
        }
        deeds
    }

    /// Adds one, allowed or refused.
    pub(crate) fn add(&mut self, deed: Deed, refusal: Option<&Refusal>) {
        let Some(refusal) = refusal else { return self.offered.push(deed) };
        let why = told(&ApiError::from(refusal.clone()));
        match self.refused.iter_mut().find(|barred| barred.why == why) {
            Some(barred) => barred.words.push(deed.word),
            None => self.refused.push(Barred { words: vec![deed.word], why }),
        }
    }
}

/// The last part of the path of a form.
pub(super) fn path(act: Act) -> &'static str {
    match act {
        Act::Play => "play",
        Act::Retry => "retry",
        Act::Cancel => "cancel",
        Act::Erase => "erase",
    }
}

fn deed(act: Act, action: String) -> Deed {
    let (word, tone, warning) = match act {
        Act::Play => ("Play", "pen", None),
        Act::Retry => ("Retry", "", None),
        Act::Cancel => ("Cancel", "no", None),
        Act::Erase => (
            "Erase the log",
            "no",
            Some("The log is gone for good then. That it was erased, and by whom, stays.".into()),
        ),
    };
    Deed { word, action, tone, warning }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_for_one_reason_is_told_once() {
        let mut deeds = Deeds::default();
        let role = Refusal::Role("Developer");
        for (act, why) in [(Act::Play, None), (Act::Retry, Some(&role)), (Act::Cancel, Some(&role))] {
            deeds.add(deed(act, String::new()), why);
        }
        assert_eq!(deeds.offered.iter().map(|deed| deed.word).collect::<Vec<_>>(), ["Play"]);
        assert_eq!(deeds.refused.len(), 1);
        assert_eq!(deeds.refused[0].words, ["Retry", "Cancel"]);
        assert_eq!(deeds.refused[0].why, "This needs at least the Developer role.");
    }
}
