//! The JSON types of REST v4 and of the runner protocol.

pub mod access_token;
pub mod branch;
pub mod commit;
pub mod deployment;
pub mod environment;
pub mod group;
pub mod history;
pub mod instance;
pub mod job;
pub mod member;
pub mod namespace;
pub mod pipeline;
pub mod project;
pub mod protected_environment;
pub mod protected_ref;
pub mod repository;
pub mod resource_group;
pub mod runner;
pub mod runner_admin;
pub mod share;
pub mod sort;
pub mod token;
pub mod trigger;
pub mod user;
pub mod variable;
pub mod visibility;
