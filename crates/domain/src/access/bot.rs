//! Bots: whoever acts by the access token of a project or group (semantics, sections 1 and 5).

use super::{Actor, Level, Place, Standing};
use crate::refusal::{Refusal, Result};
use crate::token::Scope;

/// The username of a bot, which `digits` keep apart from the others of its home.
pub fn bot_username(home: Place, digits: &str) -> String {
    match home {
        Place::Project(id) => format!("project_{id}_bot_{digits}"),
        Place::Group(id) => format!("group_{id}_bot_{digits}"),
    }
}

impl Standing {
    /// Whether they may hold the secret of an access token of that level: nobody gets more than they have.
    ///
    /// # Errors
    /// The level gives nothing on projects, or is above theirs.
    pub fn may_wield(&self, level: Level) -> Result<()> {
        if level < Level::Guest {
            let why = "must be a role from Guest (10) to Owner (50)";
            return Err(Refusal::Field("access_level".into(), why.into()));
        }
        if level > self.acting_level() {
            let own = self.acting_level().name();
            let why = format!("A token of the role {} takes somebody who has it; yours is {own}", level.name());
            return Err(Refusal::BadRequest("token.above_own", why));
        }
        Ok(())
    }
}

impl Actor {
    /// Whether they may create access tokens: bots and jobs have the one they came with.
    ///
    /// # Errors
    /// They are a bot.
    pub fn may_create_tokens(&self) -> Result<()> {
        if self.is_bot() { Err(Refusal::BotToken) } else { Ok(()) }
    }

    /// Whether a bot makes the request.
    pub fn is_bot(&self) -> bool {
        self.person.is_some_and(|p| p.bot)
    }
}

/// Checks what the token of a project or group is to be used for.
///
/// # Errors
/// For nothing, or for what only people do.
pub fn check_bot_scopes(scopes: &[Scope]) -> Result<()> {
    let refused = |why: String| Err(Refusal::Field("scopes".into(), why));
    if scopes.is_empty() {
        return refused("can't be blank".into());
    }
    match scopes.iter().find(|scope| !scope.suits_bots()) {
        Some(scope) => refused(format!("{} is for people; leave it out", scope.as_str())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{GroupId, ProjectId};

    #[test]
    fn nobody_wields_more_than_they_have() {
        let place = Place::Project(ProjectId(1));
        let maintainer = Standing::new(Level::Maintainer, &Actor::anonymous(), false, place);
        for level in Level::ALL {
            let fits = (Level::Guest..=Level::Maintainer).contains(&level);
            assert_eq!(maintainer.may_wield(level).is_ok(), fits, "{level:?}");
        }
    }

    #[test]
    fn bots_get_no_scope_that_is_for_people() {
        assert!(check_bot_scopes(&[Scope::Api, Scope::SelfRotate]).is_ok());
        for bad in [&[][..], &[Scope::Api, Scope::Sudo], &[Scope::ReadUser]] {
            assert!(check_bot_scopes(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_bot_is_called_after_its_home() {
        assert_eq!(bot_username(Place::Project(ProjectId(7)), "0a"), "project_7_bot_0a");
        assert_eq!(bot_username(Place::Group(GroupId(7)), "0a"), "group_7_bot_0a");
    }
}
