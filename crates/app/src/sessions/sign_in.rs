//! Signs somebody in with a name and a password. Whoever is not known is answered as late and in the same words as
//! whoever has the wrong password.

use super::{Begun, Browser, begin, count, event, name_hash, new_cookie};
use crate::{App, Result, Tx};
use countersign_domain::event::{By, Code};
use countersign_domain::ids::{SessionId, UserId};
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::Refusal;
use countersign_domain::session::LONGEST_PASSWORD;
use countersign_domain::time::Timestamp;
use countersign_domain::user::State;
use countersign_store::{Intent, sessions, sign_in_attempts, users};
use serde_json::json;

/// The longest name that can be anybody's, in characters: that of a mail address.
const LONGEST_NAME: usize = 320;

/// What somebody signs in with.
#[derive(Clone)]
pub struct Asked {
    /// Their username or mail address.
    pub name: String,
    /// Their password.
    pub password: String,
    /// Their browser.
    pub browser: Browser,
    /// The session that the browser had before: it ends.
    pub replaces: Option<SessionId>,
}

/// Signs in. Slow, as passwords are hashed slowly; never in a transaction.
///
/// # Errors
/// The name and the password do not belong together; the account is blocked; too many attempts have failed.
pub async fn sign_in(app: &App, asked: Asked, now: Timestamp) -> Result<Begun> {
    let too_long = asked.name.chars().count() > LONGEST_NAME || asked.password.chars().count() > LONGEST_PASSWORD;
    if too_long {
        return Err(Refusal::WrongPassword.into());
    }
    let attempts = name_hash(asked.name.trim());
    let counted = count(app, &attempts, now).await?;
    let name = asked.name.trim().to_owned();
    let found = app.store.read(move |tx: &mut Tx<'_>| users::credentials(tx, &name)).await?;
    let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), hash));
    let right = app.hashing.is_password(asked.password, hash.clone()).await?;
    match (user, hash) {
        (Some(user), Some(hash)) if right => {
            let cookie = new_cookie()?;
            let proved = Proved { user, hash, attempts, cookie, browser: asked.browser, replaces: asked.replaces };
            write(app, user, now, proved).await
        }
        _ if counted.is_locking() => Err(locked(app, user, asked.browser, now).await),
        _ => Err(Refusal::WrongPassword.into()),
    }
}

/// Somebody whose password was right.
#[derive(Clone)]
struct Proved {
    user: UserId,
    hash: String,
    attempts: Vec<u8>,
    cookie: String,
    browser: Browser,
    replaces: Option<SessionId>,
}

async fn write(app: &App, user: UserId, now: Timestamp, proved: Proved) -> Result<Begun> {
    let by = By { user: Some(user), address: proved.browser.address.clone(), ..By::default() };
    app.store.write(by, now, Intent::Decide, move |tx| enter(tx, &proved, now)).await
}

/// Begins the session of somebody whose password was right a moment ago.
fn enter(tx: &mut Tx<'_>, proved: &Proved, now: Timestamp) -> Result<Ending<Begun>> {
    let user = users::get(tx, proved.user)?.filter(|u| !u.bot).ok_or(Refusal::WrongPassword)?;
    if users::password_hash(tx, user.id)?.as_ref() != Some(&proved.hash) {
        return Err(Refusal::WrongPassword.into());
    }
    match user.state {
        State::Active => {}
        State::Deactivated => return Err(Refusal::UserState("Your account has been deactivated".into()).into()),
        _ => return Err(Refusal::UserState("Your account has been blocked".into()).into()),
    }
    sign_in_attempts::forget(tx, &proved.attempts)?;
    if let Some(old) = proved.replaces {
        sessions::end(tx, old)?;
    }
    let session = begin(tx, user.id, &proved.cookie, &proved.browser, now)?;
    users::seen(tx, user.id, now.date())?;
    let event = event(Code::SignedIn, user.id).after(json!({"session_id": session, "agent": proved.browser.agent}));
    Ok(Ending::done(Begun { cookie: proved.cookie.clone(), user: user.id }, event))
}

/// Records that a name is locked now; what is answered.
async fn locked(app: &App, user: Option<UserId>, browser: Browser, now: Timestamp) -> crate::Failure {
    // The name is not recorded: now and then it is a password, typed into the wrong field.
    let record = Some(event(Code::SignInLocked, user.unwrap_or(UserId(0))));
    let by = By { address: browser.address, ..By::default() };
    let refuse =
        move |_: &mut Tx<'_>| Ok(Ending::<()>::Refused { why: Refusal::WrongPassword, record: record.clone() });
    match app.store.write(by, now, Intent::Decide, refuse).await {
        Ok(()) => Refusal::WrongPassword.into(),
        Err(why) => why,
    }
}
