//! Files that outlive a job: those it leaves for others, and those kept here for the next one.

mod archive;
mod cache;
mod select;

pub(crate) use archive::{gzip, pack, unpack};
pub(crate) use cache::Caches;
pub(crate) use select::{Selection, select};
