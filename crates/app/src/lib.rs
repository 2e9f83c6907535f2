//! The use cases, and what the server does without HTTP.
pub mod git;
