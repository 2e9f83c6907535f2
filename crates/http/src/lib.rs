//! REST v4, the runner protocol and git over HTTP.

pub mod actor;
mod api;
mod artifact_file;
mod attempts;
mod ceiling;
mod document;
mod git;
pub mod limits;
mod listen;
mod log_file;
mod on_jobs;
pub mod pagination;
pub mod params;
pub mod path;
mod places;
pub mod reply;
mod room;
mod run_pipeline;
mod runner;
mod server;
pub mod state;
mod web;

pub use server::{Door, openapi, serve};
