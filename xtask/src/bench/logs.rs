//! Jobs that stream their logs, beside a program that appends the same bytes to as many files.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::json;
use tokio::task::JoinSet;

use super::client::{Api, Client, head_with, id, request};
use super::clock::{Compared, now};
use super::handover::{ask, finish};
use super::report::{Figure, Floor, Unit};
use super::server::ROOT_TOKEN;
use super::world::World;

/// How many jobs run at once.
const JOBS: usize = 100;
/// How long each log becomes: what `gitlab-runner` sends at most, unless it is told otherwise.
const LOG: usize = 4 * 1024 * 1024;
/// How long a piece is.
const PIECE: usize = 256 * 1024;
/// The least share of the bytes that are appended without a server.
const SHARE: f64 = 0.5;

/// Measures it in turns.
///
/// # Errors
/// The server refused something.
pub(crate) async fn measure(world: &World, dir: &Path, rounds: usize) -> Result<Vec<Figure>> {
    let line = b"2026-01-01T00:00:00.000000Z 01O a line of the log of a job that has much to tell\n";
    let piece: Vec<u8> = line.iter().copied().cycle().take(PIECE).collect();
    let (project, token) = (world.builds(JOBS).await?, world.runner().await?);
    let mut compared = Compared::default();
    for round in 0..rounds {
        let jobs = take(world, project, &token).await?;
        warm(dir, &piece)?;
        let started = now();
        stream(world.address, &jobs, &piece).await?;
        let ours = started.elapsed();
        for job in &jobs {
            finish(world.address, job).await?;
        }
        let files = dir.join(format!("logs-{round}"));
        warm(dir, &piece)?;
        let started = now();
        append(&files, &piece)?;
        let raw = started.elapsed();
        std::fs::remove_dir_all(&files)?;
        let megabytes = (JOBS * LOG) as f64 / 1_048_576.0;
        compared.push(megabytes / ours.as_secs_f64(), megabytes / raw.as_secs_f64());
    }
    let detail = format!("MB: {}; {JOBS} jobs, 4 MiB each in pieces of 256 KiB", compared.rates("appending to files"));
    let floor = Some(Floor::AtLeast(SHARE));
    Ok(vec![Figure { what: "logs of 100 jobs", value: Some(compared.ratio()), unit: Unit::Share, floor, detail }])
}

/// Writes as much as a side is about to write, and removes it: then memory for it has been touched lately. Where a machine is
/// given its memory page by page, whoever touches it first would pay for that.
fn warm(dir: &Path, piece: &[u8]) -> Result<()> {
    let scratch = dir.join("scratch");
    append(&scratch, piece)?;
    std::fs::remove_dir_all(&scratch)?;
    Ok(())
}

/// Has that many jobs made and handed out.
async fn take(world: &World, project: i64, token: &str) -> Result<Vec<serde_json::Value>> {
    let mut root = Api::connect(world.address, ROOT_TOKEN).await?;
    root.create(&format!("projects/{project}/pipeline"), &json!({"ref": "main"})).await?;
    let mut client = Client::connect(world.address).await?;
    let ask = ask(token, 0);
    let mut jobs = Vec::new();
    for _ in 0..JOBS {
        let job = client.send(&ask).await?.expect(201)?;
        let taken = json!({"token": job["token"], "state": "running"});
        client.send(&request("PUT", &format!("jobs/{}", id(&job)?), "", Some(&taken))).await?.expect(200)?;
        jobs.push(job);
    }
    Ok(jobs)
}

/// Sends the logs of all jobs at the same time, each on a connection of its own, piece after piece.
async fn stream(address: SocketAddr, jobs: &[serde_json::Value], piece: &[u8]) -> Result<()> {
    let mut tasks = JoinSet::new();
    let piece: Arc<[u8]> = piece.into();
    for job in jobs {
        let (path, piece) = (format!("jobs/{}/trace", id(job)?), Arc::clone(&piece));
        let token = job["token"].as_str().context("the job has no token")?.to_owned();
        tasks.spawn(async move {
            let mut client = Client::connect(address).await?;
            for first in (0..LOG).step_by(PIECE) {
                let range = format!("{first}-{}", first + PIECE - 1);
                let headers = [("JOB-TOKEN", &*token), ("Content-Type", "text/plain"), ("Content-Range", &range)];
                let head = head_with("PATCH", &path, &headers, piece.len());
                client.send_parts(&head, &piece).await?.expect(202)?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

/// Appends the same pieces to as many files, in turns, as fast as it goes.
fn append(dir: &Path, piece: &[u8]) -> Result<()> {
    std::fs::create_dir_all(dir)?;
    let open = |number| OpenOptions::new().create(true).append(true).open(dir.join(format!("{number}.log")));
    let mut files = (0..JOBS).map(open).collect::<std::io::Result<Vec<File>>>()?;
    for _ in (0..LOG).step_by(PIECE) {
        for file in &mut files {
            file.write_all(piece)?;
        }
    }
    Ok(())
}
