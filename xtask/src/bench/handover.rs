//! From the last approval to the job in the hands of a runner that waits for it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;

use super::client::{Client, id, request};
use super::clock::{milliseconds, now, percentile};
use super::report::{Figure, Unit};
use super::world::World;

/// How many deployments are handed over.
const DEPLOYMENTS: usize = 120;
/// How long the runner's request has been held before the last approval is given.
const HELD: Duration = Duration::from_millis(30);

/// Measures the hand-over, one deployment after another.
///
/// # Errors
/// The server refused something, or handed out another job than the one approved.
pub(crate) async fn measure(world: &World) -> Result<Vec<Figure>> {
    let token = world.runner().await?;
    let mut from_request = Vec::new();
    let mut from_reply = Vec::new();
    for turn in 0..DEPLOYMENTS {
        let last = all_but_the_last(world, turn).await?;
        let mut voter = Client::connect(world.address).await?;
        let waiting = wait_for_job(world.address, token.clone());
        tokio::time::sleep(HELD).await;
        if waiting.is_finished() {
            bail!("a job was handed out before the last approval");
        }
        let sent = now();
        voter.send(&last).await?.expect(201)?;
        let answered = now();
        let (job, arrived) = waiting.await??;
        from_request.push(milliseconds(arrived.saturating_duration_since(sent)));
        from_reply.push(milliseconds(arrived.saturating_duration_since(answered)));
        finish(world.address, &job).await?;
    }
    Ok(vec![
        figure("last approval's reply to job", &from_reply),
        figure("last approval's request to job", &from_request),
    ])
}

/// Starts a deployment and gives all approvals it needs but one; the request that gives the last.
///
/// # Errors
/// The server refused something.
pub(crate) async fn all_but_the_last(world: &World, turn: usize) -> Result<Vec<u8>> {
    let deployment = world.pipeline().await?;
    let mut voter = Client::connect(world.address).await?;
    let mut votes = world.approvals(world.project, deployment, turn);
    let last = votes.pop().context("nobody needs to approve")?;
    for vote in votes {
        voter.send(&vote).await?.expect(201)?;
    }
    Ok(last)
}

/// The request for a job of a machine of a runner.
pub(crate) fn ask(token: &str, machine: usize) -> Vec<u8> {
    let features = [
        "variables",
        "artifacts",
        "cache",
        "fallback_cache_keys",
        "refspecs",
        "masking",
        "raw_variables",
        "upload_multiple_artifacts",
        "upload_raw_artifacts",
        "trace_reset",
        "trace_checksum",
        "trace_size",
        "cancelable",
        "return_exit_code",
        "cancel_gracefully",
        "two_phase_job_commit",
    ];
    let features: Map<String, Value> = features.into_iter().map(|name| (name.to_owned(), true.into())).collect();
    let info = json!({"name": "bench", "version": "19.0.0", "revision": "0123abcd", "platform": "linux",
        "architecture": "amd64", "executor": "shell", "shell": "bash", "features": features});
    let ask = json!({"token": token, "system_id": format!("r_{machine:012}"), "info": info});
    request("POST", "jobs/request", "", Some(&ask))
}

fn figure(what: &'static str, times: &[f64]) -> Figure {
    let (half, tail) = (percentile(times, 0.5), percentile(times, 0.99));
    let detail = format!("p50; p99 {tail:.1} ms; {DEPLOYMENTS} deployments, runner waiting");
    Figure { what, value: Some(half), unit: Unit::Milliseconds, floor: None, detail }
}

/// Asks for a job until there is one; the job, and when it arrived.
fn wait_for_job(address: SocketAddr, token: String) -> JoinHandle<Result<(Value, Instant)>> {
    tokio::spawn(async move {
        let mut client = Client::connect(address).await?;
        let ask = ask(&token, 0);
        loop {
            let reply = client.send(&ask).await?;
            let arrived = now();
            if reply.status != 204 {
                return Ok((reply.expect(201)?, arrived));
            }
        }
    })
}

/// Reports the job as done, so that nothing is left over for the next turn.
///
/// # Errors
/// The server refused it.
pub(crate) async fn finish(address: SocketAddr, job: &Value) -> Result<()> {
    let mut client = Client::connect(address).await?;
    for state in ["running", "success"] {
        let update = json!({"token": job["token"], "state": state});
        client.send(&request("PUT", &format!("jobs/{}", id(job)?), "", Some(&update))).await?.expect(200)?;
    }
    Ok(())
}
