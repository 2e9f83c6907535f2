//! Approvals by many people at once, beside commits of one row each.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::clock::Compared;
use super::commits::Commits;
use super::load;
use super::report::{Figure, Floor, Unit};
use super::world::World;

/// How many clients approve at a time.
pub(crate) const CLIENTS: usize = 64;
/// How many deployments are approved in one round.
pub(crate) const DEPLOYMENTS: usize = 4_000;

/// Measures approvals, every one of them new, kept and answered with 201.
///
/// # Errors
/// The server refused a vote, or the disk failed.
pub(crate) async fn measure(world: &World, dir: &Path, rounds: usize, time: Duration) -> Result<Vec<Figure>> {
    let commits = Commits::new(&dir.join("commits.db"))?;
    let mut compared = Compared::default();
    let mut votes = 0;
    for _ in 0..rounds {
        let queue = world.votes(DEPLOYMENTS).await?;
        votes += queue.len();
        let ours = load::drain(world.address, CLIENTS, &queue).await?;
        compared.push(ours, tokio::task::block_in_place(|| commits.rate(time))?);
    }
    let rates = compared.rates("single-row commits");
    Ok(vec![Figure {
        what: "durable approvals",
        value: Some(compared.ratio()),
        unit: Unit::Times,
        floor: Some(Floor::AtLeast(5.0)),
        detail: format!("{rates}; {votes} votes, {CLIENTS} clients, SQLite"),
    }])
}
