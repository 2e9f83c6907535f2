//! The rules of deployment approval: pure, synchronous, no I/O, no clock.
//!
//! Everything here is a function of its arguments. What the rules are is written
//! down beside each of them; the store loads what they need and saves what they say.

pub mod access;
pub mod approval;
pub mod cache;
pub mod deployment;
pub mod environment;
pub mod event;
pub mod gate;
pub mod ids;
pub mod import;
pub mod job;
pub mod outcome;
pub mod outgoing;
pub mod pattern;
pub mod pipeline;
pub mod protected_ref;
pub mod protection;
pub mod refusal;
pub mod resource_group;
pub mod runner;
pub mod session;
pub mod settings;
pub mod silence;
pub mod time;
pub mod token;
pub mod user;
pub mod variable;

#[cfg(test)]
mod testing;
