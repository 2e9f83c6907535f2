//! People: created and blocked by administrators, seen by everybody who is signed in.

mod block;
mod create;
mod read;
#[cfg(test)]
mod tests;

pub use block::{block, unblock};
pub use create::{NewUser, Password, Prepared, create, prepare};
pub use read::{list, me, show};
