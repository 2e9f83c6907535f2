//! One stream: waits, looks, and tells.

use super::room::Place;
use super::topic::Topic;
use crate::reply::ApiError;
use crate::state::AppState;
use crate::web::log::{self, Piece, State as Painted};
use axum::response::sse::Event;
use countersign_app::Failure;
use countersign_app::glimpse::Glimpse;
use countersign_app::traces::Traces;
use countersign_domain::access::Actor;
use countersign_domain::ids::{JobId, ProjectId};
use futures_util::Stream;
use serde_json::json;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};

/// After how long without an event a heartbeat is sent, and the thing looked at even if no bell rang.
const BEAT: Duration = Duration::from_secs(15);
/// How long a stream lives; the client opens another then.
const LIFE: Duration = Duration::from_secs(10 * 60);
/// How long a client is to wait before it opens another.
const RETRY: Duration = Duration::from_secs(2);

/// What a client was told last, as the id of an event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Told {
    mark: String,
    /// How far the log was sent; none if the page shows none, or not to its end.
    painted: Option<Painted>,
}

impl Told {
    pub(super) fn new(mark: &str, painted: Option<Painted>) -> Told {
        Told { mark: mark.to_owned(), painted }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.painted {
            Some(painted) => write!(f, "{}~{painted}", self.mark),
            None => write!(f, "{}~", self.mark),
        }
    }
}

impl FromStr for Told {
    type Err = Infallible;

    /// Whatever is no id of ours is as if nothing had been told.
    fn from_str(text: &str) -> Result<Told, Infallible> {
        let (mark, painted) = text.split_once('~').unwrap_or_default();
        let sound = mark.len() <= 64 && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
        let told = || Told { mark: mark.to_owned(), painted: painted.parse().ok() };
        Ok(if sound { told() } else { Told::default() })
    }
}

/// A stream.
pub(super) struct Watch {
    app: AppState,
    actor: Actor,
    topic: Arc<Topic>,
    told: Told,
    /// The unfinished line of the log as it was sent last.
    rest: String,
    /// What was seen and not told yet.
    seen: Option<Glimpse>,
    /// Whether there is something to look for before a bell rings.
    due: bool,
    begun: bool,
    over: bool,
    changes: watch::Receiver<u64>,
    logs: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
    end: Pin<Box<Sleep>>,
    beat: Pin<Box<Sleep>>,
    pause: Pin<Box<Sleep>>,
    _place: Place,
}

/// Why a stream stops waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woken {
    /// A bell rang.
    Rung,
    /// Nothing was sent for a while.
    Beat,
    /// The server ends, or the stream has lived long enough.
    End,
}

impl Watch {
    /// Begins with a look, so that whoever may not see the thing gets no stream.
    ///
    /// # Errors
    /// They may not see it, or the store's.
    pub(super) async fn begin(
        app: AppState,
        actor: Actor,
        topic: Topic,
        told: Told,
        place: Place,
    ) -> Result<Watch, ApiError> {
        // The bells first: what changes after the look rings them.
        let (changes, logs, closing) = (app.store.changes(), app.wake.logs(), app.wake.closing());
        let topic = Arc::new(topic);
        let seen = Topic::look(&topic, &app, &actor).await?;
        let pause = Box::pin(sleep(topic.pause()));
        Ok(Watch {
            app,
            actor,
            topic,
            told,
            rest: String::new(),
            seen: Some(seen),
            due: false,
            begun: false,
            over: false,
            changes,
            logs,
            closing,
            end: Box::pin(sleep(LIFE)),
            beat: Box::pin(sleep(BEAT)),
            pause,
            _place: place,
        })
    }

    /// Its events.
    pub(super) fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        futures_util::stream::unfold(self, |mut watch| async move {
            let event = watch.next().await?;
            watch.beat = Box::pin(sleep(BEAT));
            Some((Ok(event), watch))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        if !self.begun {
            self.begun = true;
            return Some(Event::default().retry(RETRY).comment("open"));
        }
        while !self.over && !*self.closing.borrow() {
            if let Some(seen) = self.seen.take()
                && let Some(event) = self.tell(seen).await
            {
                return Some(event);
            }
            let woken = if std::mem::take(&mut self.due) { Woken::Rung } else { self.wait().await };
            if woken == Woken::End || !self.rested().await {
                return None;
            }
            match Topic::look(&self.topic, &self.app, &self.actor).await {
                Ok(seen) => self.seen = Some(seen),
                Err(Failure::Refused(_)) => {
                    self.over = true;
                    return Some(Event::default().event("gone").data("gone"));
                }
                Err(Failure::Store(why)) => tracing::debug!(%why, "an open page could not be looked after"),
            }
            self.pause = Box::pin(sleep(self.topic.pause()));
            if woken == Woken::Beat {
                let event = match self.seen.take() {
                    Some(seen) => self.tell(seen).await,
                    None => None,
                };
                return Some(event.unwrap_or_else(|| Event::default().comment("still here")));
            }
        }
        None
    }

    async fn wait(&mut self) -> Woken {
        let follows = self.told.painted.is_some();
        tokio::select! {
            _ = self.closing.wait_for(|closing| *closing) => Woken::End,
            () = self.end.as_mut() => Woken::End,
            () = self.beat.as_mut() => Woken::Beat,
            _ = self.changes.changed() => Woken::Rung,
            _ = self.logs.changed(), if follows => Woken::Rung,
        }
    }

    /// Waits until it may look again; whether it is to go on at all.
    async fn rested(&mut self) -> bool {
        tokio::select! {
            _ = self.closing.wait_for(|closing| *closing) => false,
            () = self.pause.as_mut() => true,
        }
    }

    /// What there is to tell, if anything: first what came to the log, then that the rest changed.
    async fn tell(&mut self, seen: Glimpse) -> Option<Event> {
        if let (Some(painted), Some(at)) = (self.told.painted, seen.log)
            && let Some(event) = self.follow(painted, at).await
        {
            // For the next event it is asked again whether the reader may have it.
            self.due = true;
            return Some(event);
        }
        if seen.mark == self.told.mark {
            return None;
        }
        self.told.mark = seen.mark;
        Some(Event::default().event("changed").id(self.told.to_string()).data("changed"))
    }

    async fn follow(&mut self, painted: Painted, (project, job): (ProjectId, JobId)) -> Option<Event> {
        let traces = Traces::of(&self.app.config);
        let read = move || match traces.open(project, job)? {
            Some(file) => log::follow(&file, painted),
            None => Ok(Some(Piece { rows: String::new(), rest: String::new(), state: painted, more: false })),
        };
        let (piece, anew) = match tokio::task::spawn_blocking(read).await {
            Ok(Ok(Some(piece))) => (piece, false),
            Ok(Ok(None)) => (Piece::default(), true),
            Ok(Err(why)) => return unread(&why),
            Err(why) => return unread(&why),
        };
        if piece.rows.is_empty() && piece.rest == self.rest && !anew {
            return None;
        }
        self.told.painted = Some(piece.state);
        let data = json!({"rows": piece.rows, "rest": piece.rest, "anew": anew});
        self.rest = piece.rest;
        Some(Event::default().event("log").id(self.told.to_string()).data(data.to_string()))
    }
}

fn unread(why: &dyn fmt::Display) -> Option<Event> {
    tracing::warn!(%why, "the log of a job could not be read for an open page");
    None
}
