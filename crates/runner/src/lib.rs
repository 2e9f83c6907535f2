//! The built-in runner: speaks the runner protocol over HTTP, and nothing else of the server.
//!
//! It takes jobs (`agent`), runs each of them on this machine (`execute`), and reports it (`report`).

mod agent;
mod client;
mod config;
mod crc32;
mod cursor;
mod error;
mod execute;
mod files;
mod git;
mod info;
mod job;
mod mask;
mod process;
mod report;
mod script;
#[cfg(test)]
mod small_server;
mod stop;
mod system_id;
mod trace;
mod variables;
mod workspace;

pub use agent::run;
pub use config::Config;
pub use error::Error;
