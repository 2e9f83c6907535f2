//! Server-sent events, as a page gets them.

use reqwest::Response;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// What it is called; `message` if it has no name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// What it says.
    pub data: String,
}

/// An open stream of events, or the refusal of one.
#[derive(Debug)]
pub struct Events {
    /// The status of the reply.
    pub status: u16,
    reply: Response,
    held: String,
}

impl Events {
    /// The events of a reply.
    pub(crate) fn of(reply: Response) -> Events {
        Events { status: reply.status().as_u16(), reply, held: String::new() }
    }

    /// A header of the reply; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.reply.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The next event; none if the stream ends before. Comments are passed over.
    ///
    /// # Panics
    /// Neither comes within `patience`.
    pub async fn next(&mut self, patience: Duration) -> Option<Event> {
        self.within(patience).await.unwrap_or_else(|| panic!("no event within {patience:?}; held: {:?}", self.held))
    }

    /// Whether there is no event for so long, and the stream stays open.
    pub async fn is_silent(&mut self, patience: Duration) -> bool {
        self.within(patience).await.is_none()
    }

    /// The next event, or that the stream ended; none if neither comes.
    async fn within(&mut self, patience: Duration) -> Option<Option<Event>> {
        let end = Instant::now() + patience;
        loop {
            while let Some((block, rest)) = self.held.split_once("\n\n") {
                let event = parse(block);
                self.held = rest.to_owned();
                if event.is_some() {
                    return Some(event);
                }
            }
            match timeout_at(end, self.reply.chunk()).await.ok()? {
                Ok(Some(bytes)) => self.held.push_str(&String::from_utf8_lossy(&bytes)),
                Ok(None) | Err(_) => return Some(None),
            }
        }
    }
}

/// An event; none for a block of comments.
fn parse(block: &str) -> Option<Event> {
    let mut event = Event { name: "message".into(), ..Event::default() };
    let mut data = Vec::new();
    for line in block.lines() {
        match line.split_once(": ") {
            Some(("event", name)) => event.name = name.to_owned(),
            Some(("id", id)) => event.id = id.to_owned(),
            Some(("data", text)) => data.push(text),
            _ => {}
        }
    }
    event.data = data.join("\n");
    (!data.is_empty()).then_some(event)
}
