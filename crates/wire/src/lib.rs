//! The JSON types of REST v4 and of the runner protocol.
pub mod runner;
pub mod commit;
pub mod deployment;
pub mod environment;
pub mod job;
pub mod pipeline;
pub mod protected_environment;
pub mod user;
