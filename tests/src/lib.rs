//! Support for the black-box tests: starts the real server, speaks to it as people, runners and git do.
//!
//! A test names the functions that hold on every engine with [`each_engine!`]; each then runs against a server on SQLite
//! and, where `COUNTERSIGN_TEST_POSTGRES` names a server (see `scripts/with-postgres`), against one on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a broken harness is a failed test")]

pub mod audit;
pub mod browser;
#[cfg(feature = "browser")]
pub mod chrome;
pub mod client;
pub mod compare;
pub mod coordinator;
pub mod curl;
pub mod database;
pub mod engine;
pub mod events;
pub mod form;
pub mod git;
pub mod impostor;
pub mod process;
pub mod raw;
pub mod runner;
pub mod server;
pub mod site;
pub mod sshd;
pub mod terraform;
pub mod wait;
pub mod world;
pub mod zip;

pub use browser::Browser;
pub use client::{Body, Client, Reply};
pub use engine::Engine;
pub use events::{Event, Events};
pub use form::Filled;
pub use server::Server;
pub use world::{Person, World};
