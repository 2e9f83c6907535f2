//! The runner protocol, as `gitlab-runner` speaks it: against the server with a runner written by hand, and against the
//! built-in runner with a server written by hand. Each file names what it is about; the numbers are the sections of the
//! notes on the protocol.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

mod asking;
mod built_in;
mod canceling;
mod lies;
mod living;
mod payload;
mod registering;
mod site;
mod traces;
