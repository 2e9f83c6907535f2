//! Changes one's own password: all sessions end, and a new one begins where that was done.

use super::{Begun, Browser, begin, count, event, name_hash, new_cookie};
use crate::{App, Result, Tx};
use countersign_domain::access::Actor;
use countersign_domain::event::Code;
use countersign_domain::ids::UserId;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::Refusal;
use countersign_domain::session::check_password;
use countersign_domain::time::Timestamp;
use countersign_store::{Intent, sessions, sign_in_attempts, users};
use serde_json::json;

/// What somebody who is signed in wants.
#[derive(Clone)]
pub struct Change {
    /// Their password so far.
    pub current: String,
    /// The new one.
    pub new: String,
    /// Their browser.
    pub browser: Browser,
}

/// Changes the actor's own password. Slow; never in a transaction.
///
/// # Errors
/// The password so far is another; the new one is too short, too long or the same; too many attempts have failed.
pub async fn change_password(app: &App, actor: &Actor, change: Change, now: Timestamp) -> Result<Begun> {
    let Some(user) = actor.user() else { return Err(Refusal::SignedOut.into()) };
    check_password(&change.new)?;
    if change.new == change.current {
        return Err(Refusal::Field("password".into(), "is the one you have; choose another".into()).into());
    }
    let attempts = name_hash(&format!("password of {user}"));
    count(app, &attempts, now).await?;
    let old = app.store.read(move |tx: &mut Tx<'_>| users::password_hash(tx, user)).await?;
    if !app.hashing.is_password(change.current, old.clone()).await? {
        return Err(Refusal::WrongPassword.into());
    }
    let (new, cookie) = (app.hashing.hash(change.new).await?, new_cookie()?);
    let proved = Proved { user, old, new, cookie, attempts, browser: change.browser };
    let who = actor.clone();
    let job = move |tx: &mut Tx<'_>| {
        crate::authenticate::refresh(tx, &who, now)?;
        replace(tx, &proved, now)
    };
    // Alone: a session that is beginning with the old password at this moment must be seen, or it would outlive this.
    app.store.write(actor.by.clone(), now, Intent::Edit, job).await
}

/// Somebody whose password was right, and the hash of their new one.
struct Proved {
    user: UserId,
    old: Option<String>,
    new: String,
    cookie: String,
    attempts: Vec<u8>,
    browser: Browser,
}

fn replace(tx: &mut Tx<'_>, proved: &Proved, now: Timestamp) -> Result<Ending<Begun>> {
    let user = proved.user;
    if users::password_hash(tx, user)? != proved.old {
        return Err(Refusal::WrongPassword.into());
    }
    users::set_password(tx, user, Some(&proved.new), false)?;
    sign_in_attempts::forget(tx, &proved.attempts)?;
    let ended = sessions::end_all(tx, user, None)?;
    begin(tx, user, &proved.cookie, &proved.browser, now)?;
    let event = event(Code::PasswordChanged, user).after(json!({"sessions_ended": ended}));
    Ok(Ending::done(Begun { cookie: proved.cookie.clone(), user }, event))
}
