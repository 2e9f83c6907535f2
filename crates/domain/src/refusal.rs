//! Every reason to say no, each with a stable code, a kind and a public text (semantics, section 7).
//!
//! A refusal says what was refused, why, and who or what could allow it. It never
//! carries anything the person asking may not know.

mod approval;

use crate::deployment::Status;
use crate::environment::Tier;

/// What sort of no it is. The HTTP side maps each to one status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request makes no sense as it stands.
    BadRequest,
    /// A value is not acceptable.
    Invalid,
    /// The person may know of the thing, but not do this.
    Forbidden,
    /// There is no such thing, or the person may not know of it.
    NotFound,
    /// It clashes with what is there.
    Conflict,
    /// A principal that is not assignable.
    Unprocessable,
}

/// The public text of a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// One sentence.
    Message(String),
    /// Reasons for one field.
    Field(String, Vec<String>),
}

/// Things that can be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A user.
    User,
    /// A group.
    Group,
    /// A group or a personal namespace.
    Namespace,
    /// A project.
    Project,
    /// Any other row.
    Row,
    /// A file of a repository.
    File,
    /// A commit of a repository.
    Commit,
    /// The job of a token.
    Job,
    /// A CI/CD variable.
    Variable,
}

/// Why something was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such thing, or the person may not know of it.
    NotFound(Missing),
    /// The person's role does not allow it; names the least role that does.
    Role(&'static str),
    /// Only administrators may.
    AdminsOnly,
    /// Job tokens may not do this.
    JobToken,
    /// Only administrators act in other people's names.
    SudoByAdminsOnly,
    /// The person to act for is blocked.
    SudoAsBlocked,
    /// There is nobody of that id or username to act for.
    SudoAsUnknown(String),
    /// A field's value is not acceptable.
    Field(String, String),
    /// A principal of an entry is not assignable: field and reason.
    NotAssignable(String, String),
    /// Something with that unique value is there already: field and reason.
    Taken(String, String),
    /// Another user has that mail address or username: which of them.
    UserTaken(&'static str),
    /// The token or the account ended while the request waited for its turn.
    SignedOut,
    /// The name and password that somebody signs in with do not belong together.
    WrongPassword,
    /// Too many attempts to sign in under that name have failed; for how many milliseconds it stays locked.
    SignInLocked(i64),
    /// The page that somebody decided on was out of date: what has changed since.
    Stale(String),
    /// The settings that somebody changed had been changed by somebody else since they looked: by whom, and what.
    Overtaken(String),
    /// The membership exists.
    MemberExists,
    /// The group is invited already.
    AlreadyShared,
    /// The project is archived.
    Archived,
    /// The project follows a repository elsewhere: nobody pushes to it here.
    Mirror,
    /// A setting lets nobody do this.
    SwitchedOff,
    /// Nobody else could administer the instance.
    LastAdministrator,
    /// Nobody else would own the group.
    LastOwner,
    /// The user is the only owner of these groups, by full path.
    OnlyOwner(Vec<String>),
    /// The user's state does not allow it.
    UserState(String),
    /// The user does not wait to be let in.
    NotPending(&'static str),
    /// The token had been replaced before: what replaced it is revoked too.
    TokenReused,
    /// Bots have the one token they came with.
    BotToken,
    /// A bot belongs where its token does, as the token says.
    BotMember,
    /// What a bot is allowed comes from its token, and nobody acts in its name.
    BotAccount(&'static str),
    /// The person may not create groups at the top.
    MayNotCreateGroups,
    /// The environment is protected already.
    AlreadyProtected(String),
    /// Pipelines: reasons under `base`.
    Pipeline(String),
    /// There is no pipeline for what the branch or tag stands at.
    NoPipeline,
    /// The request makes no sense in the thing's present state.
    BadRequest(&'static str, String),
    /// Deploying needs permission that the person has not.
    MayNotDeploy,
    /// The deployment is not waiting for approval.
    NotBlocked(Status),
    /// The person triggered the deployment.
    OwnDeployment,
    /// The person matches no rule.
    NotEligible,
    /// Bots and job tokens never vote.
    NotAPerson,
    /// An administrator tried to vote in the person's name.
    VoteBySudo,
    /// `represented_as` names no rule.
    UnknownRepresentation(String),
    /// `represented_as` names rules the voter does not match.
    NotRepresenting(String),
    /// The person has no vote to withdraw.
    NoVote,
    /// The deployment lacks approval.
    NotApproved(u32),
    /// Something later was deployed meanwhile.
    Outdated,
    /// Trying the job again would deploy something older than what is there.
    NoRollback,
    /// The deployment was rejected, or ended without approval.
    Final,
    /// The deployment belongs to a job.
    HasJob,
    /// The deployment cannot go to that state.
    Transition(Status, &'static str),
    /// The deployment cannot be deleted while it runs or waits.
    DeleteRunning,
    /// The deployment is what the environment has now.
    DeleteCurrent,
    /// The job cannot be played.
    Unplayable(String),
    /// The job cannot be tried again.
    NotRetryable(&'static str),
    /// The job's log cannot be erased.
    NotErasable(&'static str),
    /// The environment must be stopped first.
    NotStopped,
    /// A deployment to the environment runs.
    EnvironmentInUse,
    /// A tier that is none of the five.
    UnknownTier(String),
    /// The person may not store that tier.
    TierProtected(Tier),
    /// The runner cannot be given to, or taken from, the project: why.
    RunnerNotShared(&'static str),
    /// A branch or tag is protected against what the person wants; the text says who may.
    ProtectedRef(String),
    /// The default branch of a project stays.
    DefaultBranch,
    /// A branch or tag of that kind and name, or that pattern, is protected already.
    RefAlreadyProtected(&'static str, String),
    /// Several variables have that key, each in another environment scope; which is meant was not said.
    AmbiguousVariable(String),
}

impl Refusal {
    /// The stable code, ours, shown beside the message.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NotFound(_) => "not_found",
            Refusal::Role(_) => "access.role",
            Refusal::AdminsOnly => "access.admins_only",
            Refusal::JobToken => "access.job_token",
            Refusal::SignedOut => "access.signed_out",
            Refusal::WrongPassword => "access.wrong_password",
            Refusal::SignInLocked(_) => "access.locked",
            Refusal::Stale(_) => "approval.stale",
            Refusal::Overtaken(_) => "settings.stale",
            Refusal::SudoByAdminsOnly => "sudo.admins_only",
            Refusal::SudoAsBlocked => "sudo.blocked",
            Refusal::SudoAsUnknown(_) => "sudo.unknown_user",
            Refusal::Field(..) => "invalid",
            Refusal::NotAssignable(..) => "protection.not_assignable",
            Refusal::Taken(..) | Refusal::UserTaken(_) => "taken",
            Refusal::MemberExists => "member.exists",
            Refusal::AlreadyShared => "share.exists",
            Refusal::Archived => "project.archived",
            Refusal::Mirror => "project.mirror",
            Refusal::SwitchedOff => "access.switched_off",
            Refusal::LastAdministrator => "user.last_admin",
            Refusal::LastOwner => "member.last_owner",
            Refusal::OnlyOwner(_) => "user.only_owner",
            Refusal::UserState(_) => "user.state",
            Refusal::NotPending(_) => "user.not_pending",
            Refusal::BotToken => "token.bot",
            Refusal::BotMember => "member.bot",
            Refusal::BotAccount(_) => "user.bot",
            Refusal::TokenReused => "token.reused",
            Refusal::MayNotCreateGroups => "group.not_allowed",
            Refusal::AlreadyProtected(_) => "protection.exists",
            Refusal::Pipeline(_) => "pipeline.invalid",
            Refusal::NoPipeline => "pipeline.none",
            Refusal::BadRequest(code, _) => code,
            Refusal::MayNotDeploy => "deploy.not_allowed",
            Refusal::NotBlocked(_) => "approval.not_blocked",
            Refusal::OwnDeployment => "approval.self",
            Refusal::NotEligible => "approval.not_eligible",
            Refusal::NotAPerson => "approval.not_a_person",
            Refusal::VoteBySudo => "approval.sudo",
            Refusal::UnknownRepresentation(_) => "approval.unknown_representation",
            Refusal::NotRepresenting(_) => "approval.not_representing",
            Refusal::NoVote => "approval.no_vote",
            Refusal::NotApproved(_) => "deployment.not_approved",
            Refusal::Outdated => "deployment.outdated",
            Refusal::NoRollback => "deployment.no_rollback",
            Refusal::Final => "deployment.final",
            Refusal::HasJob => "deployment.has_job",
            Refusal::Transition(..) => "deployment.transition",
            Refusal::DeleteRunning => "deployment.delete_running",
            Refusal::DeleteCurrent => "deployment.delete_current",
            Refusal::Unplayable(_) => "job.unplayable",
            Refusal::NotRetryable(_) => "job.not_retryable",
            Refusal::NotErasable(_) => "job.not_erasable",
            Refusal::NotStopped => "environment.not_stopped",
            Refusal::EnvironmentInUse => "environment.in_use",
            Refusal::UnknownTier(_) => "environment.unknown_tier",
            Refusal::TierProtected(_) => "environment.tier_protected",
            Refusal::RunnerNotShared(_) => "runner.not_shared",
            Refusal::ProtectedRef(_) => "ref.protected",
            Refusal::DefaultBranch => "ref.default_branch",
            Refusal::RefAlreadyProtected(..) => "protected_ref.exists",
            Refusal::AmbiguousVariable(_) => "variable.ambiguous",
        }
    }

    /// What sort of no it is.
    pub fn kind(&self) -> Kind {
        match self {
            Refusal::NotFound(_) | Refusal::NoVote | Refusal::SudoAsUnknown(_) => Kind::NotFound,
            Refusal::Role(_)
            | Refusal::AdminsOnly
            | Refusal::JobToken
            | Refusal::SignedOut
            | Refusal::WrongPassword
            | Refusal::SignInLocked(_)
            | Refusal::SudoByAdminsOnly
            | Refusal::SudoAsBlocked
            | Refusal::Archived
            | Refusal::Mirror
            | Refusal::SwitchedOff
            | Refusal::LastAdministrator
            | Refusal::LastOwner
            | Refusal::UserState(_)
            | Refusal::BotToken
            | Refusal::BotMember
            | Refusal::BotAccount(_)
            | Refusal::MayNotCreateGroups
            | Refusal::MayNotDeploy
            | Refusal::OwnDeployment
            | Refusal::NotEligible
            | Refusal::NotAPerson
            | Refusal::VoteBySudo
            | Refusal::NotApproved(_)
            | Refusal::Outdated
            | Refusal::NoRollback
            | Refusal::Final
            | Refusal::HasJob
            | Refusal::NotRetryable(_)
            | Refusal::NotErasable(_)
            | Refusal::NoPipeline
            | Refusal::NotStopped
            | Refusal::EnvironmentInUse
            | Refusal::RunnerNotShared(_)
            | Refusal::ProtectedRef(_)
            | Refusal::DefaultBranch
            | Refusal::TierProtected(_) => Kind::Forbidden,
            Refusal::MemberExists
            | Refusal::AlreadyShared
            | Refusal::UserTaken(_)
            | Refusal::Stale(_)
            | Refusal::Overtaken(_)
            | Refusal::OnlyOwner(_)
            | Refusal::NotPending(_)
            | Refusal::AlreadyProtected(_)
            | Refusal::RefAlreadyProtected(..)
            | Refusal::AmbiguousVariable(_) => Kind::Conflict,
            Refusal::NotAssignable(..) => Kind::Unprocessable,
            Refusal::Field(..)
            | Refusal::Taken(..)
            | Refusal::Pipeline(_)
            | Refusal::Transition(..)
            | Refusal::UnknownTier(_) => Kind::Invalid,
            Refusal::BadRequest(..)
            | Refusal::NotBlocked(_)
            | Refusal::TokenReused
            | Refusal::UnknownRepresentation(_)
            | Refusal::NotRepresenting(_)
            | Refusal::DeleteRunning
            | Refusal::DeleteCurrent
            | Refusal::Unplayable(_) => Kind::BadRequest,
        }
    }

    /// The public text.
    pub fn text(&self) -> Text {
        match self {
            Refusal::Field(field, why) | Refusal::NotAssignable(field, why) | Refusal::Taken(field, why) => {
                Text::Field(field.clone(), vec![why.clone()])
            }
            Refusal::Pipeline(why) => Text::Field("base".into(), vec![why.clone()]),
            Refusal::Transition(_, event) => {
                Text::Field("status".into(), vec![format!("cannot transition via \"{event}\"")])
            }
            Refusal::UnknownTier(name) => Text::Field("name".into(), vec![unknown_tier(name)]),
            other => Text::Message(other.sentence()),
        }
    }

    fn sentence(&self) -> String {
        match self.kind() {
            Kind::NotFound => self.missing(),
            Kind::Forbidden => format!("403 Forbidden - {}", self.reason()),
            Kind::Conflict => self.reason(),
            _ => format!("400 Bad request - {}", self.reason()),
        }
    }

    fn missing(&self) -> String {
        match self {
            Refusal::NotFound(Missing::User) => "404 User Not Found",
            Refusal::NotFound(Missing::Group) => "404 Group Not Found",
            Refusal::NotFound(Missing::Namespace) => "404 Namespace Not Found",
            Refusal::NotFound(Missing::Project) => "404 Project Not Found",
            Refusal::NotFound(Missing::File) => "404 File Not Found",
            Refusal::NotFound(Missing::Commit) => "404 Commit Not Found",
            Refusal::NotFound(Missing::Job) => "404 Job Not Found",
            Refusal::NotFound(Missing::Variable) => "404 Variable Not Found",
            Refusal::NoVote => "404 Not found - You have no approval on this deployment to withdraw",
            Refusal::SudoAsUnknown(name) => {
                return format!("404 User with ID or username '{name}' Not Found");
            }
            _ => "404 Not found",
        }
        .into()
    }

    /// The reason alone, without the leading status words.
    pub fn reason(&self) -> String {
        match self {
            Refusal::Role(role) => format!("This needs at least the {role} role"),
            Refusal::AdminsOnly => "Only administrators may do this".into(),
            Refusal::JobToken => "Job tokens may not do this; use the token of a person".into(),
            Refusal::SignedOut => "Your token or your account ended a moment ago; sign in again".into(),
            Refusal::WrongPassword => "This name and this password do not belong together".into(),
            Refusal::SignInLocked(ms) => {
                let minutes = (ms / 60_000).saturating_add(1);
                let plural = if minutes == 1 { "" } else { "s" };
                format!("Too many attempts have failed; try again in {minutes} minute{plural}")
            }
            Refusal::Stale(what) => format!("Nothing was decided: {what} since you looked; look again"),
            Refusal::Overtaken(what) => format!("Nothing was saved: {what} since you looked"),
            Refusal::SudoByAdminsOnly => "Must be admin to use sudo".into(),
            Refusal::SudoAsBlocked => {
                "That user is blocked, so nobody can act in their name; unblock them first".into()
            }
            Refusal::MemberExists => "Member already exists".into(),
            Refusal::AlreadyShared => "Group already shared with this group".into(),
            Refusal::Archived => "The project is archived, so it can only be read; an owner can unarchive it".into(),
            Refusal::Mirror => "The project is a mirror, so its branches and tags only change with the repository it \
                 follows: push there; a maintainer can end that (mirror=false)"
                .into(),
            Refusal::SwitchedOff => "A setting lets nobody do this; those who manage the settings can change it".into(),
            Refusal::LastAdministrator => {
                "This is the last active administrator; make somebody else an administrator first".into()
            }
            Refusal::LastOwner => "A group needs an owner who can act; give somebody else that role first".into(),
            Refusal::OnlyOwner(groups) => format!(
                "User cannot be removed while they are the only owner of {}; give somebody else that role, or send \
                 hard_delete=true to delete these groups too",
                groups.join(", ")
            ),
            Refusal::UserTaken(what) => format!("{what} has already been taken"),
            Refusal::UserState(text) => text.clone(),
            Refusal::NotPending(text) => (*text).into(),
            Refusal::TokenReused => {
                "This token had been replaced before, so one of the two may be stolen: both are revoked now".into()
            }
            Refusal::BotToken => "Bots cannot create tokens; a person must".into(),
            Refusal::BotMember => {
                "The bot of an access token belongs where the token does, as the token says: create or revoke the token"
                    .into()
            }
            Refusal::BotAccount(text) => (*text).into(),
            Refusal::MayNotCreateGroups => {
                "You may not create groups at the top; an administrator can allow it (can_create_group)".into()
            }
            Refusal::AlreadyProtected(name) => format!(
                "Protected environment '{name}' already exists; update it with PUT, or unprotect it with DELETE first"
            ),
            Refusal::BadRequest(_, text) | Refusal::Unplayable(text) | Refusal::ProtectedRef(text) => text.clone(),
            Refusal::RunnerNotShared(why) => (*why).to_owned(),
            Refusal::DefaultBranch => "The default branch of a project cannot be deleted.".into(),
            Refusal::RefAlreadyProtected(kind, name) => {
                format!("Protected {kind} '{name}' already exists; update it, or unprotect it with DELETE first")
            }
            Refusal::AmbiguousVariable(key) => {
                format!("Several variables are called {key}; say with filter[environment_scope] which one is meant")
            }
            Refusal::NotBlocked(status) => {
                format!("This deployment is not waiting for approvals: it is {}", status.as_str())
            }
            Refusal::UnknownRepresentation(name) => format!("represented_as '{name}' names none of the approval rules"),
            Refusal::NotRepresenting(name) => {
                format!("You do not match the approval rule that represented_as '{name}' names")
            }
            Refusal::DeleteRunning => "Cannot destroy running deployment".into(),
            Refusal::DeleteCurrent => "Deployment currently deployed to environment".into(),
            other => other.approval_reason(),
        }
    }
}

/// The text for a tier that is none of the five.
fn unknown_tier(name: &str) -> String {
    let known: Vec<_> = Tier::ALL.iter().map(|t| t.as_str()).collect();
    format!("'{name}' is not a deployment tier: use one of {}", known.join(", "))
}

/// A result whose error is a refusal.
pub type Result<T> = std::result::Result<T, Refusal>;
