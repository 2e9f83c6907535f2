//! What a runner does about itself, by its own token: it leaves, gives up a machine, and takes another token.

use crate::runners::{image, subject};
use crate::{Result, Tx};
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::RunnerId;
use countersign_domain::outcome::Ending;
use countersign_domain::token;
use countersign_store::runners::{self, Runner};
use serde_json::json;

/// Deletes the runner with the token of that hash; which it was, if there is one.
///
/// # Errors
/// The store's.
pub fn leave(tx: &mut Tx<'_>, hash: &[u8]) -> Result<Ending<Option<RunnerId>>> {
    let Some(own) = runners::by_token(tx, hash.to_vec())? else { return Ok(Ending::Unchanged(None)) };
    runners::delete(tx, own.id)?;
    Ok(Ending::done(Some(own.id), event(Code::RunnerDeleted, &own).before(image(&own))))
}

/// Forgets a machine of the runner with the token of that hash; which runner it was, if there is one. A machine that is
/// not known is forgotten already.
///
/// # Errors
/// The store's.
pub fn give_up_machine(tx: &mut Tx<'_>, hash: &[u8], system_id: &str) -> Result<Ending<Option<RunnerId>>> {
    let Some(own) = runners::by_token(tx, hash.to_vec())? else { return Ok(Ending::Unchanged(None)) };
    if !runners::forget(tx, own.id, system_id)? {
        return Ok(Ending::Unchanged(Some(own.id)));
    }
    let event = event(Code::RunnerManagerDeleted, &own).before(json!({"system_id": system_id}));
    Ok(Ending::done(Some(own.id), event))
}

/// Gives the runner with the token of that hash another token, of which only the hash is kept; which runner it was, if
/// there is one.
///
/// # Errors
/// The store's.
pub fn take_another_token(tx: &mut Tx<'_>, hash: &[u8], secret: &str) -> Result<Ending<Option<RunnerId>>> {
    let Some(own) = runners::by_token(tx, hash.to_vec())? else { return Ok(Ending::Unchanged(None)) };
    runners::set_token(tx, own.id, token::hash(secret))?;
    Ok(Ending::done(Some(own.id), event(Code::RunnerTokenReset, &own)))
}

fn event(code: Code, of: &Runner) -> Event {
    Event::new(code, subject(of.id, of.group_id, of.project_id))
}
