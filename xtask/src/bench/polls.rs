//! Requests for a job where there is none, answered at once, beside a server that answers them without looking.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::baseline::Baseline;
use super::clock::Compared;
use super::handover::ask;
use super::load;
use super::report::{Figure, Floor, Unit};
use super::server::Server;
use super::world::World;

/// The least share of the bare server's rate.
const SHARE: f64 = 0.6;
/// How many runners ask at a time.
const CLIENTS: usize = 64;
/// How long both run before anything counts.
const WARM_UP: Duration = Duration::from_millis(500);

/// Measures it in turns, on a server that holds no request.
///
/// # Errors
/// A server failed.
pub(crate) async fn measure(binary: &Path, dir: &Path, (rounds, time): (usize, Duration)) -> Result<Vec<Figure>> {
    let server = Server::start_with(binary, &dir.join("polls"), &["--ci-long-polling-duration", "0"]).await?;
    let world = World::prepare(server.address).await?;
    let request = ask(&world.runner().await?, 0);
    let file = dir.join("poll.http");
    std::fs::write(&file, "HTTP/1.1 204 No Content\r\n\r\n")?;
    let baseline = Baseline::start(&file).await?;
    for address in [server.address, baseline.address] {
        load::repeat(address, CLIENTS, &request, WARM_UP).await?;
    }
    let mut compared = Compared::default();
    for _ in 0..rounds {
        let ours = load::repeat(server.address, CLIENTS, &request, time).await?;
        compared.push(ours, load::repeat(baseline.address, CLIENTS, &request, time).await?);
    }
    server.stop().await?;
    let detail = format!("{}; 204, {CLIENTS} clients", compared.rates("a bare axum handler"));
    let floor = Some(Floor::AtLeast(SHARE));
    Ok(vec![Figure {
        what: "idle requests of runners",
        value: Some(compared.ratio()),
        unit: Unit::Share,
        floor,
        detail,
    }])
}
