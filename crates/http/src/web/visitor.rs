//! Who looks at a page: found out once for every request, before the page is asked for.

use super::cookies::Jar;
use super::error::WebError;
use super::flash::{self, Flash};
use super::frame::{Frame, Section};
use super::view::Face;
use super::{assets, password, seal, sign_in};
use crate::path::RequestUri;
use crate::places::client;
use crate::reply::ApiError;
use crate::state::AppState;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderName, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use countersign_app::authenticate::{self, InSession};
use countersign_app::sessions::{self, Browser};
use countersign_domain::access::Actor;
use countersign_domain::ids::SessionId;
use countersign_store::users::{self, User};
use std::sync::Arc;

/// Sent by pages that fetch themselves anew.
const LIVE: HeaderName = HeaderName::from_static("x-live");

/// Whoever looks at a page, possibly nobody in particular.
#[derive(Debug, Clone)]
pub(crate) struct Visitor(Arc<Known>);

/// Somebody signed in who looks at a page; others are sent to sign in first, and then back.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    /// They, as use cases want them.
    pub(crate) actor: Actor,
    /// Their session.
    pub(crate) session: SessionId,
    visitor: Visitor,
}

#[derive(Debug)]
struct Known {
    signed_in: Option<(InSession, User)>,
    /// What ties forms to the browser: the secret of the session, or the mark of the visit.
    secret: String,
    browser: Browser,
    flash: Option<Flash>,
}

impl Visitor {
    /// Their browser.
    pub(crate) fn browser(&self) -> Browser {
        self.0.browser.clone()
    }

    /// The session they are signed in with, if they are.
    pub(crate) fn session(&self) -> Option<SessionId> {
        self.0.signed_in.as_ref().map(|(session, _)| session.session)
    }

    /// What ties forms to their browser.
    pub(super) fn secret(&self) -> &str {
        &self.0.secret
    }

    /// What every page around its own content shows them.
    pub(crate) fn frame(&self, section: Section) -> Frame {
        Frame {
            who: self.0.signed_in.as_ref().map(|(_, user)| Face::of(user)),
            admin: self.0.signed_in.as_ref().is_some_and(|(session, _)| session.actor.is_admin()),
            seal: seal::of(&self.0.secret),
            flash: self.0.flash.clone(),
            section,
            waiting: None,
            links: assets::links(),
        }
    }
}

impl Reader {
    /// As [`Visitor::frame`].
    pub(crate) fn frame(&self, section: Section) -> Frame {
        self.visitor.frame(section)
    }

    /// Their browser.
    pub(crate) fn browser(&self) -> Browser {
        self.visitor.browser()
    }

    /// Whether somebody else chose their password.
    pub(crate) fn must_change_password(&self) -> bool {
        self.visitor.0.signed_in.as_ref().is_some_and(|(session, _)| session.must_change_password)
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Visitor, WebError> {
        let known = parts.extensions.get::<Visitor>().cloned();
        known.ok_or_else(|| ApiError::internal(&"a page outside of the pages").into())
    }
}

impl FromRequestParts<AppState> for Reader {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Reader, WebError> {
        let visitor = Visitor::from_request_parts(parts, state).await?;
        let Some((session, _)) = visitor.0.signed_in.clone() else {
            let asked = parts.extensions.get::<RequestUri>().map_or(&parts.uri, |original| &original.0);
            let back = (parts.method == Method::GET).then(|| asked.to_string());
            return Err(WebError::SignIn(back));
        };
        Ok(Reader { actor: session.actor, session: session.session, visitor })
    }
}

/// Whether cookies are for encrypted connections only.
pub(crate) fn is_secure(app: &AppState) -> bool {
    app.config.external_url.starts_with("https://")
}

/// Finds out who asks, and keeps their cookies in order.
pub(super) async fn settle(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let secure = is_secure(&app);
    let (mut parts, body) = request.into_parts();
    let known = match find(&app, &parts, secure).await {
        Ok(known) => known,
        Err(why) => return WebError::from(why).into_response(),
    };
    let fresh = known.signed_in.is_none() && Jar::Visit.read(&parts.headers, secure).is_none();
    let (secret, told) = (known.secret.clone(), known.flash.is_some() && !by_itself(&parts.headers));
    let held_up = known.signed_in.as_ref().is_some_and(|(session, _)| session.must_change_password);
    if held_up && ![password::PATH, sign_in::OUT].contains(&parts.uri.path()) {
        return Redirect::to(password::PATH).into_response();
    }
    parts.extensions.insert(Visitor(Arc::new(known)));
    let mut reply = next.run(Request::from_parts(parts, body)).await;
    let page = reply.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if page && fresh {
        Jar::Visit.set(&mut reply, &secret, secure);
    }
    if page && told {
        Jar::Flash.clear(&mut reply, secure);
    }
    reply
}

/// Whether a page asks by itself, because it stays open: nobody uses their session by that, nor reads what is told once.
fn by_itself(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
        || headers.contains_key(LIVE)
}

async fn find(app: &AppState, parts: &Parts, secure: bool) -> Result<Known, ApiError> {
    let (headers, now) = (&parts.headers, countersign_app::now());
    let address = client(&parts.extensions).map(|at| at.ip().to_string());
    let agent = headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let browser = Browser { address: address.clone(), agent };
    let flash = Jar::Flash.read(headers, secure).and_then(|text| flash::read(&text));
    let visit = Jar::Visit.read(headers, secure);
    if let Some(cookie) = Jar::Session.read(headers, secure) {
        let presented = cookie.clone();
        let found = app.read(move |tx| {
            let found = authenticate::session(tx, &presented, address.clone(), now)?;
            let Some(session) = found else { return Ok(None) };
            let user = session.actor.user().map(|id| users::get(tx, id)).transpose()?.flatten();
            Ok(user.map(|user| (session, user)))
        });
        if let Some((session, user)) = found.await? {
            if !by_itself(headers) {
                note(app, &session).await;
            }
            return Ok(Known { signed_in: Some((session, user)), secret: cookie, browser, flash });
        }
    }
    let mark = || countersign_app::secrets::random("").map_err(|why| ApiError::unavailable(&why));
    let secret = visit.map_or_else(mark, Ok)?;
    Ok(Known { signed_in: None, secret, browser, flash })
}

async fn note(app: &AppState, session: &InSession) {
    if !session.unnoted {
        return;
    }
    let (id, now) = (session.session, countersign_app::now());
    let noted = app.store.housekeeping(move |tx| Ok(sessions::touch(tx, id, now)?)).await;
    noted.unwrap_or_else(|why| tracing::warn!(%why, "the use of a session was not noted"));
}
