//! Many runners that wait for a job: how soon the one gets it, and what the many cost.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::client::Client;
use super::clock::{milliseconds, now, percentile};
use super::handover::{self, ask, finish};
use super::report::{Figure, Floor, Unit};
use super::server::Server;
use super::world::World;

/// How many runners wait for one job.
const CROWD: usize = 1000;
/// How many deployments are handed over to them.
const DEPLOYMENTS: usize = 120;
/// How many requests are held when the memory is looked at.
const HELD: usize = 10_000;
/// How many machines each runner has then.
const MACHINES: usize = 10;
/// How long requests take to be held, at most: after that it is looked at.
const SETTLED: Duration = Duration::from_secs(5);

/// A job, and when it arrived.
type Arrival = (Value, Instant);

/// Measures the hand-over to one of a thousand runners.
///
/// # Errors
/// The server refused something, or handed out another job than the one approved.
pub(crate) async fn handover(world: &World) -> Result<Vec<Figure>> {
    let tokens = world.runners(CROWD).await?;
    let (found, mut jobs) = mpsc::unbounded_channel();
    let mut crowd = JoinSet::new();
    for token in tokens {
        crowd.spawn(wait(world.address, ask(&token, 0), found.clone()));
    }
    tokio::time::sleep(SETTLED).await;
    let (mut from_request, mut from_reply) = (Vec::new(), Vec::new());
    for turn in 0..DEPLOYMENTS {
        let last = handover::all_but_the_last(world, turn).await?;
        let mut voter = Client::connect(world.address).await?;
        if jobs.try_recv().is_ok() {
            bail!("a job was handed out before the last approval");
        }
        let sent = now();
        voter.send(&last).await?.expect(201)?;
        let answered = now();
        let arrived = tokio::select! {
            arrived = jobs.recv() => arrived.context("all runners have gone")?,
            gone = crowd.join_next() => bail!("a runner went away: {gone:?}"),
        };
        let (job, arrived): Arrival = arrived;
        from_request.push(milliseconds(arrived.saturating_duration_since(sent)));
        from_reply.push(milliseconds(arrived.saturating_duration_since(answered)));
        finish(world.address, &job).await?;
    }
    let figure = |what, times: &[f64], floor| {
        let (half, tail) = (percentile(times, 0.5), percentile(times, 0.99));
        let detail = format!("p99; p50 {half:.1} ms; {DEPLOYMENTS} deployments, {CROWD} runners waiting");
        Figure { what, value: Some(tail), unit: Unit::Milliseconds, floor, detail }
    };
    Ok(vec![
        figure("approval's reply to one of 1,000", &from_reply, None),
        figure("approval's request to one of 1,000", &from_request, Some(Floor::AtMost(20.0))),
    ])
}

/// Measures the memory of a server that holds ten thousand requests, on a data directory of its own.
///
/// # Errors
/// As [`handover()`].
pub(crate) async fn held(binary: &Path, dir: &Path) -> Result<Vec<Figure>> {
    let server = Server::start(binary, &dir.join("held"), None).await?;
    let world = World::prepare(server.address).await?;
    let tokens = world.runners(HELD / MACHINES).await?;
    let before = server.resident();
    let (found, mut jobs) = mpsc::unbounded_channel();
    let mut crowd = JoinSet::new();
    for token in &tokens {
        for machine in 0..MACHINES {
            crowd.spawn(wait(world.address, ask(token, machine), found.clone()));
        }
    }
    tokio::time::sleep(SETTLED).await;
    if let Some(gone) = crowd.try_join_next() {
        bail!("a request was not held: {gone:?}");
    }
    if jobs.try_recv().is_ok() {
        bail!("there is a job where none should be");
    }
    let resident = server.resident();
    drop(crowd);
    server.stop().await?;
    let megabytes = |bytes: u64| bytes as f64 / 1_048_576.0;
    let detail = format!("VmRSS; {:.1} MB before they came", before.map_or(0.0, megabytes));
    let floor = Some(Floor::AtMost(300.0));
    let value = resident.map(megabytes);
    Ok(vec![Figure { what: "10,000 held requests of runners", value, unit: Unit::Megabytes, floor, detail }])
}

/// A runner that asks for jobs for ever, and says when it has one.
async fn wait(address: SocketAddr, request: Vec<u8>, found: mpsc::UnboundedSender<Arrival>) -> Result<()> {
    let mut client = Client::connect(address).await?;
    loop {
        let reply = client.send(&request).await?;
        let arrived = now();
        if reply.status != 204 {
            found.send((reply.expect(201)?, arrived))?;
        }
    }
}
