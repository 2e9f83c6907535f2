//! Reading one deployment, and lists, beside a server that only gives the same bytes.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::baseline::Baseline;
use super::client::{Client, request};
use super::clock::Compared;
use super::load;
use super::report::{Figure, Floor, Unit};
use super::world::{NEEDED, World};

/// How many turns there are, and how long each side of one runs.
type Turns = (usize, Duration);

/// The least share of the bare server's rate for one row.
const ONE: f64 = 0.25;
/// The least share of it for a list.
const LIST: f64 = 0.10;
/// How many rows a list has.
const PAGE: usize = 20;
/// How many clients read at a time.
const CLIENTS: usize = 32;
/// How long both run before anything counts.
const WARM_UP: Duration = Duration::from_millis(500);

/// Measures a deployment with a job, and one of an outside tool.
///
/// # Errors
/// A server failed.
pub(crate) async fn measure(world: &World, dir: &Path, turns: Turns) -> Result<Vec<Figure>> {
    let job = world.pipeline().await?;
    let outside = *world.outside(1).await?.first().context("no deployment was made")?;
    let mut figures = Vec::new();
    for (project, deployment, what) in [
        (world.project, job, "GET a deployment with its job"),
        (world.tool, outside, "GET a deployment of an outside tool"),
    ] {
        // All but the last vote: it stays blocked.
        let votes = world.approvals(project, deployment, 0);
        let mut client = Client::connect(world.address).await?;
        for vote in votes.iter().take(NEEDED.0 + NEEDED.1 - 1) {
            client.send(vote).await?.expect(201)?;
        }
        let path = format!("projects/{project}/deployments/{deployment}");
        let read = Read { path, what, floor: ONE, row: |shown| shown["status"] == "blocked" };
        figures.push(read.beside_bare(world, dir, turns).await?);
    }
    Ok(figures)
}

/// Measures lists of twenty rows.
///
/// # Errors
/// A server failed.
pub(crate) async fn lists(world: &World, dir: &Path, turns: Turns) -> Result<Vec<Figure>> {
    world.outside(PAGE).await?;
    let mut figures = Vec::new();
    for (path, what) in [
        (format!("projects/{}/deployments", world.tool), "list 20 deployments"),
        (format!("groups/{}/members/all", world.security), "list 20 members"),
    ] {
        let read =
            Read { path, what, floor: LIST, row: |shown| shown.as_array().is_some_and(|rows| rows.len() == PAGE) };
        figures.push(read.beside_bare(world, dir, turns).await?);
    }
    Ok(figures)
}

/// A request that reads.
struct Read {
    path: String,
    what: &'static str,
    floor: f64,
    /// Whether the reply is the one that was to be measured.
    row: fn(&Value) -> bool,
}

impl Read {
    /// Measures it in turns with a server that only gives the same bytes.
    async fn beside_bare(self, world: &World, dir: &Path, (rounds, time): Turns) -> Result<Figure> {
        let request = request("GET", &self.path, &world.developer, None);
        let mut client = Client::connect(world.address).await?;
        let reply = client.send(&request).await?;
        let shown = reply.expect(200)?;
        anyhow::ensure!((self.row)(&shown), "{} gives something else: {shown}", self.path);
        let size = reply.body.len();
        let file = dir.join("reply.http");
        std::fs::write(&file, [reply.head, b"\r\n\r\n", reply.body].concat())?;
        let baseline = Baseline::start(&file).await?;
        for address in [world.address, baseline.address] {
            load::repeat(address, CLIENTS, &request, WARM_UP).await?;
        }
        let mut compared = Compared::default();
        for _ in 0..rounds {
            let ours = load::repeat(world.address, CLIENTS, &request, time).await?;
            compared.push(ours, load::repeat(baseline.address, CLIENTS, &request, time).await?);
        }
        let detail = format!("{}; {size} bytes, {CLIENTS} clients", compared.rates("a bare axum handler"));
        let floor = Some(Floor::AtLeast(self.floor));
        Ok(Figure { what: self.what, value: Some(compared.ratio()), unit: Unit::Share, floor, detail })
    }
}
