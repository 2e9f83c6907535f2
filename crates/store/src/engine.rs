//! The two engines behind one [`Tx`](tx::Tx): who runs a use case, on which connection, and in which transaction.

pub(crate) mod block_on;
pub(crate) mod column;
pub(crate) mod config;
pub(crate) mod dialect;
pub(crate) mod job;
pub(crate) mod postgres;
pub(crate) mod remembered;
pub(crate) mod sqlite;
pub(crate) mod threads;
pub(crate) mod tx;
pub(crate) mod value;
