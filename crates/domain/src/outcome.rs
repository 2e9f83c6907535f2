//! How a use case ends: with a change and what is to be recorded of it, or without one.

use crate::event::Event;
use crate::refusal::Refusal;

/// A change that was made, and the facts to be recorded of it: at least one.
#[derive(Debug, Clone)]
pub struct Outcome<T> {
    value: T,
    events: Vec<Event>,
}

impl<T> Outcome<T> {
    /// A change with its first (often only) fact. There is no outcome without one: an unaudited change does not compile.
    pub fn new(value: T, first_event: Event) -> Outcome<T> {
        Outcome { value, events: vec![first_event] }
    }

    /// What there is after the change.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Adds one more fact.
    pub fn and(mut self, event: Event) -> Outcome<T> {
        self.events.push(event);
        self
    }

    /// Adds further facts.
    pub fn with(mut self, events: impl IntoIterator<Item = Event>) -> Outcome<T> {
        self.events.extend(events);
        self
    }

    /// The same facts around another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Outcome<U> {
        Outcome { value: f(self.value), events: self.events }
    }

    /// The value and the facts, in order.
    pub fn into_parts(self) -> (T, Vec<Event>) {
        (self.value, self.events)
    }
}

/// How a use case ends.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one per request, and it is taken apart at once")]
pub enum Ending<T> {
    /// Something changed.
    Done(Outcome<T>),
    /// Nothing changed, legally: no row was written.
    Unchanged(T),
    /// Refused: no row was written; the attempt itself may be recorded.
    Refused {
        /// Why.
        why: Refusal,
        /// What to record of the attempt.
        record: Option<Event>,
    },
}

impl<T> Ending<T> {
    /// A change with one fact.
    pub fn done(value: T, event: Event) -> Ending<T> {
        Ending::Done(Outcome::new(value, event))
    }

    /// The same ending around another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Ending<U> {
        match self {
            Ending::Done(outcome) => Ending::Done(outcome.map(f)),
            Ending::Unchanged(value) => Ending::Unchanged(f(value)),
            Ending::Refused { why, record } => Ending::Refused { why, record },
        }
    }

    /// A change with its facts; without any fact it is no change.
    pub fn from_events(value: T, events: Vec<Event>) -> Ending<T> {
        let mut events = events.into_iter();
        match events.next() {
            Some(first) => Ending::Done(Outcome::new(value, first).with(events)),
            None => Ending::Unchanged(value),
        }
    }
}
