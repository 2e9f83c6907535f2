//! Acting in somebody else's name: administrators only, and never to vote.

use super::{Actor, Person};
use crate::event::By;
use crate::refusal::{Refusal, Result};

impl Actor {
    /// Whether the person may act in other people's names at all. Their token needs [`crate::token::Need::Sudo`] too.
    ///
    /// # Errors
    /// They are no administrator, or the request is made with a job's token.
    pub fn may_sudo(&self) -> Result<()> {
        if self.is_admin() && !self.is_sudo() { Ok(()) } else { Err(Refusal::SudoByAdminsOnly) }
    }

    /// The same request in the name of `other`, whose rights are the ones that count. Both are remembered.
    ///
    /// # Errors
    /// As [`Actor::may_sudo`]; `other` is blocked, or a bot.
    pub fn in_the_name_of(&self, other: Person) -> Result<Actor> {
        self.may_sudo()?;
        if !other.active {
            return Err(Refusal::SudoAsBlocked);
        }
        if other.bot {
            return Err(Refusal::BotAccount("Nobody acts in the name of a bot; use its access token"));
        }
        let by = By { user: Some(other.id), sudo: self.user(), ..self.by.clone() };
        Ok(Actor { person: Some(other), via: self.via.clone(), by })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Via;
    use crate::ids::{JobId, ProjectId, TokenId, UserId};
    use crate::token::Scope;

    fn person(id: i64, admin: bool) -> Person {
        Person { id: UserId(id), admin, bot: false, active: true, external: false }
    }

    fn actor(person: Person, via: Via) -> Actor {
        let by = By { user: Some(person.id), token: Some(TokenId(7)), address: Some("192.0.2.7".into()), sudo: None };
        Actor { person: Some(person), via, by }
    }

    #[test]
    fn only_an_administrator_with_a_token_of_their_own_acts_for_others() {
        let token = || Via::Token(vec![Scope::Api, Scope::Sudo]);
        let blocked = Person { active: false, ..person(1, true) };
        let refused = [
            Actor::anonymous(),
            Actor::server(),
            actor(person(1, false), token()),
            actor(blocked, token()),
            actor(person(1, true), Via::Job(JobId(1), ProjectId(1))),
        ];
        for by in refused {
            assert_eq!(by.in_the_name_of(person(2, false)), Err(Refusal::SudoByAdminsOnly), "{by:?}");
        }
        let admin = actor(person(1, true), token());
        let gone = Person { active: false, ..person(2, false) };
        assert_eq!(admin.in_the_name_of(gone), Err(Refusal::SudoAsBlocked));
        let bot = Person { bot: true, ..person(2, false) };
        assert!(matches!(admin.in_the_name_of(bot), Err(Refusal::BotAccount(_))));
        let acting = admin.in_the_name_of(person(2, false)).unwrap();
        assert_eq!((acting.user(), acting.is_admin(), acting.is_sudo()), (Some(UserId(2)), false, true));
        let by = By { user: Some(UserId(2)), sudo: Some(UserId(1)), ..admin.by.clone() };
        assert_eq!(acting.by, by, "both are remembered, with the administrator's token");
        let other = admin.in_the_name_of(person(3, true)).unwrap();
        assert_eq!(other.in_the_name_of(person(2, false)), Err(Refusal::SudoByAdminsOnly), "not twice");
    }
}
