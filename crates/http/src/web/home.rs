//! The first page: what waits for the reader, and beside it what they triggered.

use super::card::Card;
use super::error::WebError;
use super::frame::{Frame, Section, page};
use super::live::Link;
use super::view::address;
use super::visitor::Reader;
use crate::state::AppState;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use countersign_app::deployments::{self, Wanted};
use countersign_app::glimpse;
use countersign_domain::ids::DeploymentId;
use serde::Deserialize;

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/", get(show))
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    cards: Vec<Card>,
    triggered: Vec<Card>,
    search: String,
    /// Whether they may ask for what they could only decide over the rules, and whether they did.
    admin: bool,
    over_the_rules: bool,
    /// Where the list goes on.
    more: Option<String>,
    /// Where the list begins, if not here.
    begin: Option<String>,
    /// Whether this is the beginning of all that waits: only there is it told how much that is.
    whole: bool,
    /// This page, to come back to.
    here: String,
    live: Link,
}

/// What the reader wants to see.
#[derive(Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    search: String,
    #[serde(default)]
    all: String,
    #[serde(default)]
    after: String,
}

impl Filter {
    /// The page with this filter, from behind a deployment on.
    fn page(&self, after: Option<i64>) -> String {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        address("/", &self.parameters(&after))
    }

    fn parameters<'f>(&'f self, after: &'f str) -> [(&'f str, &'f str); 3] {
        let all = if self.all.is_empty() { "" } else { "1" };
        [("search", &self.search), ("all", all), ("after", after)]
    }

    /// What it asks for, of somebody who may be an administrator.
    pub(super) fn wanted(&self, admin: bool) -> Wanted {
        Wanted {
            text: Some(self.search.trim().to_owned()).filter(|text| !text.is_empty()),
            after: self.after.parse().ok().map(DeploymentId),
            over_the_rules: admin && !self.all.is_empty(),
        }
    }
}

async fn show(State(app): State<AppState>, reader: Reader, Query(filter): Query<Filter>) -> Result<Response, WebError> {
    let (now, mut frame, admin) = (countersign_app::now(), reader.frame(Section::Waiting), reader.actor.is_admin());
    let after: Option<i64> = filter.after.parse().ok();
    let wanted = filter.wanted(admin);
    let over_the_rules = wanted.over_the_rules;
    let found = app.scan(move |tx| {
        let inbox = deployments::inbox(tx, &reader.actor, &wanted, now)?;
        Ok((inbox, deployments::triggered(tx, &reader.actor, now)?))
    });
    let (inbox, triggered) = found.await?;
    let mark = glimpse::of_items(&inbox.waiting, &triggered);
    let cards: Vec<Card> = inbox.waiting.iter().map(|item| Card::of(item, now)).collect();
    let whole = after.is_none() && filter.search.trim().is_empty();
    frame.waiting = Some(cards.len()).filter(|_| whole);
    let shown = HomePage {
        frame,
        cards,
        triggered: triggered.iter().map(|item| Card::of(item, now)).collect(),
        more: inbox.more.map(|id| filter.page(Some(id.0))),
        begin: after.map(|_| filter.page(None)),
        whole,
        here: filter.page(after),
        live: Link::new("/", &filter.parameters(&filter.after), &mark, None),
        search: filter.search,
        admin,
        over_the_rules,
    };
    page(StatusCode::OK, &shown)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn where_nothing_was_found_so_far_the_page_leads_on() {
        let told = |more: Option<&str>| {
            let page = HomePage {
                frame: Frame::bare(),
                cards: Vec::new(),
                triggered: Vec::new(),
                search: String::new(),
                admin: false,
                over_the_rules: false,
                more: more.map(str::to_owned),
                begin: None,
                whole: true,
                here: "/".to_owned(),
                live: Link::new("/", &[], "", None),
            };
            page.render().unwrap()
        };
        let (end, further) = (told(None), told(Some("/?after=500")));
        assert!(end.contains("Nothing waits for you") && !end.contains("Show more"), "{end}");
        assert!(further.contains("None among those looked through so far"), "{further}");
        assert!(further.contains("href=\"/?after=500\"") && !further.contains("Nothing waits for you"), "{further}");
    }
}
