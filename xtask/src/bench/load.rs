//! Many clients at once, each with its own connection and one request under way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::task::JoinSet;

use super::client::Client;
use super::clock::now;

/// Requests, each to be made once by whichever client is free.
pub(crate) type Queue = Arc<Vec<Vec<u8>>>;

/// Makes the same request over and over for that long; how many replies came each second. All must be 200 or 204.
///
/// # Errors
/// Any other reply, or a broken connection.
pub(crate) async fn repeat(address: SocketAddr, clients: usize, request: &[u8], time: Duration) -> Result<f64> {
    let (request, stop) = (Arc::new(request.to_vec()), Arc::new(AtomicBool::new(false)));
    let ready = connect(address, clients).await?;
    let started = now();
    let mut tasks = JoinSet::new();
    for mut client in ready {
        let (request, stop) = (Arc::clone(&request), Arc::clone(&stop));
        tasks.spawn(async move {
            let mut replies = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                let reply = client.send(&request).await?;
                if !matches!(reply.status, 200 | 204) {
                    bail!("status {} in the middle of a run", reply.status);
                }
                replies += 1;
            }
            Ok(replies)
        });
    }
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    let mut replies = 0;
    while let Some(done) = tasks.join_next().await {
        replies += done??;
    }
    Ok(replies as f64 / started.elapsed().as_secs_f64())
}

/// Makes every request of a queue; how many replies came each second. All must be 201.
///
/// # Errors
/// As [`repeat`].
pub(crate) async fn drain(address: SocketAddr, clients: usize, queue: &Queue) -> Result<f64> {
    let ready = connect(address, clients).await?;
    let started = now();
    take_all(ready, queue, false).await?;
    Ok(queue.len() as f64 / started.elapsed().as_secs_f64())
}

/// Makes every request of a queue and returns what was created, in the order of the queue.
///
/// # Errors
/// As [`repeat`].
pub(crate) async fn create(address: SocketAddr, clients: usize, queue: &Queue) -> Result<Vec<Value>> {
    let ready = connect(address, clients).await?;
    let mut made = take_all(ready, queue, true).await?;
    made.sort_by_key(|(number, _)| *number);
    Ok(made.into_iter().map(|(_, value)| value).collect())
}

async fn connect(address: SocketAddr, clients: usize) -> Result<Vec<Client>> {
    let mut ready = Vec::with_capacity(clients);
    for _ in 0..clients {
        ready.push(Client::connect(address).await?);
    }
    Ok(ready)
}

/// Lets the clients take requests until there are none, and keeps the replies if asked to.
async fn take_all(clients: Vec<Client>, queue: &Queue, keep: bool) -> Result<Vec<(usize, Value)>> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for mut client in clients {
        let (queue, next) = (Arc::clone(queue), Arc::clone(&next));
        tasks.spawn(async move {
            let mut kept = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(request) = queue.get(number) else { return anyhow::Ok(kept) };
                let reply = client.send(request).await?;
                if keep || reply.status != 201 {
                    let line = || request_line(request);
                    kept.push((number, reply.expect(201).with_context(line)?));
                }
            }
        });
    }
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        all.extend(done??);
    }
    Ok(all)
}

fn request_line(request: &[u8]) -> String {
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    String::from_utf8_lossy(line).into_owned()
}
