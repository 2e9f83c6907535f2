//! The bots of access tokens: each belongs where its token does, for as long as that lives, and nowhere else.

use crate::{Result, Tx, members, reassess, tokens};
use countersign_domain::access::Place;
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::time::Timestamp;
use countersign_store::bots;
use countersign_store::tokens::Token;
use countersign_store::{members as rows, tokens as token_rows};

/// A token, as the audit records name it: one of a person, or of a project or group.
pub(crate) fn subject(tx: &mut Tx<'_>, of: &Token) -> Result<Subject> {
    Ok(match bots::get(tx, of.user_id)? {
        None => tokens::subject(of.id),
        Some(bot) => subject_at(bot.home, of),
    })
}

/// The token of a project or group, as the audit records name it.
pub(crate) fn subject_at(home: Place, of: &Token) -> Subject {
    match home {
        Place::Project(id) => Subject::of_project("ProjectAccessToken", of.id.0, id),
        Place::Group(id) => Subject::of_group("GroupAccessToken", of.id.0, id),
    }
}

/// The membership of a bot ends with the last of its tokens. Nothing happens to people.
pub(crate) fn retire(tx: &mut Tx<'_>, ended: &Token, now: Timestamp) -> Result<Vec<Event>> {
    let Some(bot) = bots::get(tx, ended.user_id)? else { return Ok(Vec::new()) };
    if !token_rows::living_in_family(tx, ended.family)?.is_empty() {
        return Ok(Vec::new());
    }
    let Some(old) = rows::get(tx, bot.home, bot.user)? else { return Ok(Vec::new()) };
    rows::delete(tx, bot.home, bot.user)?;
    let subject = members::subject(bot.home, bot.user);
    let mut events = vec![Event::new(Code::MemberRemoved, subject).before(members::image(&old))];
    events.extend(reassess::person(tx, bot.user, now)?);
    Ok(events)
}

/// The membership of a bot ends when its new token does. Nothing happens to people.
pub(crate) fn renew(tx: &mut Tx<'_>, made: &Token, now: Timestamp) -> Result<Vec<Event>> {
    let Some(bot) = bots::get(tx, made.user_id)? else { return Ok(Vec::new()) };
    let Some(old) = rows::get(tx, bot.home, bot.user)? else { return Ok(Vec::new()) };
    if old.expires_at == made.expires_at {
        return Ok(Vec::new());
    }
    rows::save(tx, bot.home, bot.user, bot.level, made.expires_at)?;
    let mut new = old.clone();
    new.expires_at = made.expires_at;
    let subject = members::subject(bot.home, bot.user);
    let event = Event::new(Code::MemberUpdated, subject).before(members::image(&old)).after(members::image(&new));
    let mut events = vec![event];
    events.extend(reassess::person(tx, bot.user, now)?);
    Ok(events)
}
