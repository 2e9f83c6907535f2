//! The JSON types of REST v4 and of the runner protocol.
pub mod runner;
