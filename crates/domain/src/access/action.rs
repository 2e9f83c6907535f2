//! What each role allows (semantics, section 5), in one table.

use super::{Actor, Level, Place};
use crate::ids::GroupId;
use crate::refusal::{Missing, Refusal, Result};
use serde::{Deserialize, Serialize};

/// Who may see a group or project without belonging to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Members only.
    Private,
    /// Any signed-in person.
    Internal,
    /// Anybody.
    Public,
}

impl Visibility {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Visibility::Private => "private",
            Visibility::Internal => "internal",
            Visibility::Public => "public",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<Visibility> {
        [Visibility::Private, Visibility::Internal, Visibility::Public].into_iter().find(|v| v.as_str() == text)
    }

    /// Whether it lets somebody in who is no member.
    pub fn admits(self, signed_in: bool) -> bool {
        self == Visibility::Public || (signed_in && self == Visibility::Internal)
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident: $least:ident, $open:literal, $job:literal;)*) => {
        /// What somebody may want to do with a group or project.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Action { $($(#[$doc])* $name),* }

        impl Action {
            /// All actions, in order of definition.
            pub const ALL: &'static [Action] = &[$(Action::$name),*];

            /// The least level that allows it.
            pub fn least(self) -> Level {
                match self { $(Action::$name => Level::$least),* }
            }

            /// Whether whoever the visibility admits may do it too.
            pub fn open_to_visitors(self) -> bool {
                match self { $(Action::$name => $open),* }
            }

            /// Whether a job's token may be used for it.
            pub fn open_to_jobs(self) -> bool {
                match self { $(Action::$name => $job),* }
            }
        }
    };
}

actions! {
    // action: least level, open to whom the visibility admits, open to job tokens
    /// See the project or group itself.
    Read: Guest, true, true;
    /// Read pipelines, jobs, environments and deployments.
    ReadDeployments: Reporter, true, true;
    /// Read the repository.
    ReadCode: Reporter, true, true;
    /// Read the logs and artifacts of jobs.
    ReadLogs: Reporter, true, true;
    /// Create, retry, cancel and play pipelines and jobs.
    RunPipelines: Developer, false, false;
    /// Read the resource groups of the project.
    ReadResourceGroups: Developer, false, false;
    /// Read the variables that somebody else gave a pipeline.
    ReadPipelineVariables: Maintainer, false, false;
    /// Erase the log of a job that somebody else started, or that ran on a protected ref.
    EraseJobs: Maintainer, false, false;
    /// Delete pipelines with their jobs and logs.
    DeletePipelines: Owner, false, false;
    /// Push, and commit over the API.
    PushCode: Developer, false, false;
    /// Create, change and stop environments.
    ChangeEnvironments: Developer, false, true;
    /// Report deployments made by other tools.
    CreateDeployments: Developer, false, true;
    /// Delete the records of deployments.
    DeleteDeployments: Maintainer, false, false;
    /// Change the project's settings, members, shares, runners and variables, and read the latter.
    ManageProject: Maintainer, false, false;
    /// Protect environments of the project, and read how they are protected.
    ProtectProject: Maintainer, false, false;
    /// Delete or transfer the project.
    OwnProject: Owner, false, false;
    /// Create projects in the group.
    CreateProjects: Developer, false, false;
    /// Create subgroups.
    CreateSubgroups: Maintainer, false, false;
    /// Protect environments of the group by tier, and read how they are protected.
    ProtectGroup: Maintainer, false, false;
    /// Change the group, its members, shares, runners and variables, and read the latter; delete or transfer it.
    ManageGroup: Owner, false, false;
}

impl Action {
    /// Whether it shows pipelines, environments or deployments, or what their jobs left: a project's settings may keep
    /// these from visitors.
    pub fn needs_reader(self) -> bool {
        matches!(self, Action::ReadDeployments | Action::ReadLogs)
    }

    /// Whether it adds to what a project holds, which nobody does to an archived one.
    fn adds_content(self) -> bool {
        matches!(
            self,
            Action::RunPipelines
                | Action::PushCode
                | Action::ChangeEnvironments
                | Action::CreateDeployments
                | Action::DeleteDeployments
        )
    }
}

/// How somebody stands towards a group or project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Their effective level.
    pub level: Level,
    admin: bool,
    job: bool,
    admitted: bool,
    archived: bool,
    place: Place,
}

impl Standing {
    /// How an actor stands towards a place on which they have that level; `admitted` says whether its visibility lets
    /// them in whatever their level.
    pub fn new(level: Level, actor: &Actor, admitted: bool, place: Place) -> Standing {
        Standing { level, admin: actor.is_admin(), job: actor.is_job(), admitted, archived: false, place }
    }

    /// How an actor will stand towards a project that they create where they have that level: whoever creates a project can
    /// finish setting it up, except the bot of a group's token, which belongs to the group alone.
    pub fn of_creator(level: Level, actor: &Actor, home: GroupId) -> Standing {
        let person = actor.user().is_some() && !actor.is_bot();
        let level = if person { Level::Owner } else { level };
        Standing::new(level, actor, false, Place::Group(home))
    }

    /// The same towards a project that is archived, if it is.
    pub(super) fn archived(self, archived: bool) -> Standing {
        Standing { archived, ..self }
    }

    /// Whether they may know of it at all.
    pub fn sees(&self) -> bool {
        let least = if matches!(self.place, Place::Group(_)) { Level::Minimal } else { Level::Guest };
        self.admin || self.admitted || self.level >= least
    }

    /// Whether they may do it.
    ///
    /// # Errors
    /// Not found for what they may not know of; forbidden, with the least role, for what they may not do.
    pub fn may(&self, action: Action) -> Result<()> {
        self.may_as(action, action.least())
    }

    /// Like [`Standing::may`], with a least level that a setting has raised.
    ///
    /// # Errors
    /// As [`Standing::may`].
    pub fn may_as(&self, action: Action, least: Level) -> Result<()> {
        if !self.sees() {
            return Err(Refusal::NotFound(match self.place {
                Place::Group(_) => Missing::Group,
                Place::Project(_) => Missing::Project,
            }));
        }
        if self.job && !action.open_to_jobs() {
            return Err(Refusal::JobToken);
        }
        let visitor = self.admitted && action.open_to_visitors();
        let seen_group = action == Action::Read && matches!(self.place, Place::Group(_));
        let allowed = self.admin || self.level >= least || visitor || seen_group;
        match allowed {
            true if self.archived && action.adds_content() => Err(Refusal::Archived),
            true => Ok(()),
            false => Err(Refusal::Role(least.name())),
        }
    }

    /// Whether they administer the instance.
    pub fn is_admin(&self) -> bool {
        self.admin
    }

    /// Whether they invite groups there: owners of a group, maintainers of a project.
    pub fn invites(&self) -> bool {
        let action = match self.place {
            Place::Group(_) => Action::ManageGroup,
            Place::Project(_) => Action::ManageProject,
        };
        self.may(action).is_ok()
    }

    /// Whether they are told that a group is invited there, and who belongs to the place by that: those who see the
    /// group itself, and those who could end the invitation.
    pub fn shows_invitation(&self, sees_group: bool) -> bool {
        sees_group || self.invites()
    }

    /// Whether they may do it to a pipeline or job: whoever may run pipelines may do it to their `own`.
    ///
    /// # Errors
    /// As [`Standing::may`].
    pub fn may_with_own(&self, own: bool, action: Action) -> Result<()> {
        self.may(Action::RunPipelines)?;
        if own { Ok(()) } else { self.may(action) }
    }

    /// The level to act with: owner for administrators.
    pub fn acting_level(&self) -> Level {
        if self.admin { Level::Owner } else { self.level }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ProjectId;

    #[test]
    fn what_is_not_seen_is_missing_and_what_is_seen_is_explained() {
        let place = Place::Project(ProjectId(1));
        let stranger = Standing::new(Level::None, &Actor::anonymous(), false, place);
        assert_eq!(stranger.may(Action::ProtectProject), Err(Refusal::NotFound(Missing::Project)));
        let visitor = Standing::new(Level::None, &Actor::anonymous(), true, place);
        assert_eq!(visitor.may(Action::ReadDeployments), Ok(()));
        assert_eq!(visitor.may(Action::PushCode), Err(Refusal::Role("Developer")));
        let guest = Standing::new(Level::Guest, &Actor::anonymous(), false, place);
        assert_eq!(guest.may(Action::Read), Ok(()));
        assert_eq!(guest.may(Action::ReadDeployments), Err(Refusal::Role("Reporter")));
    }

    #[test]
    fn whoever_creates_a_project_manages_it_but_the_bot_of_a_group_only_as_it_does_the_group() {
        use crate::access::{Person, Via};
        use crate::event::By;
        use crate::ids::{JobId, UserId};
        let creator = |admin, bot, via| {
            let person = Person { id: UserId(1), admin, bot, active: true, external: false };
            Actor { person: Some(person), via, by: By::default() }
        };
        let token = || Via::Token(Vec::new());
        let rows = [
            (creator(false, false, token()), Level::Developer, Ok(())),
            (creator(false, true, token()), Level::Developer, Err(Refusal::Role("Maintainer"))),
            (creator(false, true, token()), Level::Maintainer, Ok(())),
            (creator(true, true, token()), Level::None, Ok(())),
            (creator(false, false, Via::Job(JobId(1), ProjectId(1))), Level::Owner, Err(Refusal::JobToken)),
            (Actor::anonymous(), Level::None, Err(Refusal::NotFound(Missing::Group))),
        ];
        for (actor, level, expected) in rows {
            let standing = Standing::of_creator(level, &actor, GroupId(1));
            assert_eq!(standing.may(Action::ManageProject), expected, "{actor:?} {level:?}");
        }
    }

    #[test]
    fn an_invitation_is_shown_to_who_sees_the_group_and_to_who_could_end_it() {
        use crate::access::{Person, Via};
        use crate::event::By;
        use crate::ids::{GroupId, JobId, UserId};
        let (project, group) = (Place::Project(ProjectId(1)), Place::Group(GroupId(1)));
        let somebody = |admin, via| {
            let person = Person { id: UserId(1), admin, bot: false, active: true, external: false };
            Actor { person: Some(person), via, by: By::default() }
        };
        let token = || Via::Token(Vec::new());
        let (person, root) = (somebody(false, token()), somebody(true, token()));
        let job = somebody(true, Via::Job(JobId(1), ProjectId(1)));
        let rows = [
            (&Actor::anonymous(), Level::None, project, false),
            (&person, Level::None, project, false),
            (&person, Level::Developer, project, false),
            (&person, Level::Maintainer, project, true),
            (&person, Level::Owner, project, true),
            (&person, Level::Maintainer, group, false),
            (&person, Level::Owner, group, true),
            (&root, Level::None, project, true),
            (&root, Level::None, group, true),
            (&job, Level::Owner, project, false),
        ];
        for (actor, level, place, expected) in rows {
            let standing = Standing::new(level, actor, true, place);
            assert_eq!(standing.shows_invitation(false), expected, "{actor:?} {level:?} {place:?}");
            assert!(standing.shows_invitation(true), "{actor:?} {level:?} {place:?}");
        }
    }

    #[test]
    fn an_archived_project_is_read_managed_and_deleted_but_gets_nothing_new() {
        let place = Place::Project(ProjectId(1));
        let owner = Standing::new(Level::Owner, &Actor::anonymous(), false, place).archived(true);
        for action in Action::ALL {
            let expected = if action.adds_content() { Err(Refusal::Archived) } else { Ok(()) };
            assert_eq!(owner.may(*action), expected, "{action:?}");
        }
        let reporter = Standing::new(Level::Reporter, &Actor::anonymous(), false, place).archived(true);
        assert_eq!(reporter.may(Action::PushCode), Err(Refusal::Role("Developer")));
    }

    #[test]
    fn settings_keep_pipelines_and_what_they_left_from_visitors_but_no_code() {
        let kept: Vec<_> = Action::ALL.iter().filter(|action| action.needs_reader()).collect();
        assert_eq!(kept, [&Action::ReadDeployments, &Action::ReadLogs]);
    }

    #[test]
    fn the_table_of_roles() {
        let rows: Vec<_> = Action::ALL
            .iter()
            .map(|a| format!("{a:?}: {} visitors={} jobs={}", a.least().name(), a.open_to_visitors(), a.open_to_jobs()))
            .collect();
        insta::assert_snapshot!(rows.join("\n"));
    }
}
