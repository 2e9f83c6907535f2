//! REST v4, the runner protocol and git over HTTP.

pub mod limits;
pub mod pagination;
pub mod params;
pub mod path;
pub mod reply;
