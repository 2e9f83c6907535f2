//! Reading one deployment, beside a server that only gives the same bytes.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::baseline::Baseline;
use super::client::{Client, request};
use super::clock::Compared;
use super::load;
use super::report::{Figure, Floor, Unit};
use super::world::{NEEDED, World};

/// How many clients read at a time.
const CLIENTS: usize = 32;
/// How long both run before anything counts.
const WARM_UP: Duration = Duration::from_millis(500);

/// Measures a deployment with a job, and one of an outside tool.
///
/// # Errors
/// A server failed.
pub(crate) async fn measure(world: &World, dir: &Path, rounds: usize, time: Duration) -> Result<Vec<Figure>> {
    let job = world.pipeline().await?;
    let outside = *world.outside(1).await?.first().context("no deployment was made")?;
    Ok(vec![
        one(world, (world.project, job), dir, (rounds, time), "GET a deployment with its job").await?,
        one(world, (world.tool, outside), dir, (rounds, time), "GET a deployment of an outside tool").await?,
    ])
}

async fn one(
    world: &World,
    (project, deployment): (i64, i64),
    dir: &Path,
    (rounds, time): (usize, Duration),
    what: &'static str,
) -> Result<Figure> {
    // All but the last vote: it stays blocked.
    let votes = world.approvals(project, deployment, 0);
    let mut client = Client::connect(world.address).await?;
    for vote in votes.iter().take(NEEDED.0 + NEEDED.1 - 1) {
        client.send(vote).await?.expect(201)?;
    }
    let path = format!("projects/{project}/deployments/{deployment}");
    let request = request("GET", &path, &world.developer, None);
    let reply = client.send(&request).await?;
    let shown = reply.expect(200)?;
    anyhow::ensure!(shown["status"] == "blocked", "the deployment is not blocked: {shown}");
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
    Ok(Figure { what, value: Some(compared.ratio()), unit: Unit::Share, floor: Some(Floor::AtLeast(0.25)), detail })
}
