//! Creates, changes and deletes variables.

use super::{Place, Shown, Which, about, event, find, image, open, owner};
use crate::vault::Vault;
use crate::{Result, Tx};
use countersign_domain::access::Actor;
use countersign_domain::event::Code;
use countersign_domain::ids::VariableId;
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_domain::variable::{Changes, Draft, Variable};
use countersign_store::variables::{self, Kept};
use serde_json::json;

/// Creates a variable.
///
/// # Errors
/// There is no such place, the actor may not, or the variable cannot be as it is wished.
pub fn create(
    tx: &mut Tx<'_>,
    vault: &Vault,
    actor: &Actor,
    (at, wish): (&Place, &Draft),
    now: Timestamp,
) -> Result<Ending<Shown>> {
    let owner = owner(tx, actor, at, now)?;
    let present = variables::list(tx, owner)?;
    wish.check(owner, &others(&present, None))?;
    let sealed = vault.seal(&about(owner, &wish.traits), &wish.value)?;
    let id = variables::insert(tx, owner, &wish.traits, sealed, now)?;
    let variable = Variable { id, owner, traits: wish.traits.clone() };
    let event = event(Code::VariableCreated, &variable).after(image(&wish.traits));
    Ok(Ending::done(shown(variable, wish), event))
}

/// Changes a variable; what is not sent stays.
///
/// # Errors
/// As [`create`]; there is no such variable, or it is not clear which is meant.
pub fn update(
    tx: &mut Tx<'_>,
    vault: &Vault,
    actor: &Actor,
    (at, which, changes): (&Place, &Which, &Changes),
    now: Timestamp,
) -> Result<Ending<Shown>> {
    let owner = owner(tx, actor, at, now)?;
    let present = variables::list(tx, owner)?;
    let kept = find(&present, which)?;
    let before = Draft { traits: kept.variable.traits.clone(), value: open(vault, kept)? };
    let after = before.clone().with(changes);
    let variable = Variable { traits: after.traits.clone(), ..kept.variable.clone() };
    if after == before {
        return Ok(Ending::Unchanged(shown(variable, &after)));
    }
    after.check(owner, &others(&present, Some(kept.variable.id)))?;
    let sealed = vault.seal(&about(owner, &after.traits), &after.value)?;
    variables::update(tx, kept.variable.id, &after.traits, sealed, now)?;
    let mut image_after = image(&after.traits);
    image_after["value_changed"] = json!(after.value != before.value);
    let event = event(Code::VariableUpdated, &variable).before(image(&before.traits)).after(image_after);
    Ok(Ending::done(shown(variable, &after), event))
}

/// Deletes a variable.
///
/// # Errors
/// There is no such place or variable, the actor may not, or it is not clear which is meant.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, (at, which): (&Place, &Which), now: Timestamp) -> Result<Ending<()>> {
    let owner = owner(tx, actor, at, now)?;
    let present = variables::list(tx, owner)?;
    let gone = &find(&present, which)?.variable;
    variables::delete(tx, gone.id)?;
    Ok(Ending::done((), event(Code::VariableDeleted, gone).before(image(&gone.traits))))
}

/// The keys and scopes of all but one.
fn others(all: &[Kept], but: Option<VariableId>) -> Vec<(&str, &str)> {
    let rest = all.iter().map(|kept| &kept.variable).filter(|of| Some(of.id) != but);
    rest.map(|of| (of.traits.key.as_str(), of.traits.environment_scope.as_str())).collect()
}

fn shown(variable: Variable, of: &Draft) -> Shown {
    let value = (!of.traits.hidden).then(|| of.value.clone());
    Shown { variable, value }
}
