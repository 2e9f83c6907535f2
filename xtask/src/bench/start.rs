//! Starting, and what a server at rest takes.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::clock::{median, milliseconds};
use super::report::{Figure, Floor, Unit};
use super::server::Server;

/// How many starts are measured.
const STARTS: usize = 10;
/// How long a server rests before its memory is looked at.
const REST: Duration = Duration::from_secs(5);

/// Measures starts on new data directories and on `filled`, whose server has ended, and the memory at rest.
///
/// # Errors
/// A server did not start or end.
pub(crate) async fn measure(binary: &Path, dir: &Path, filled: &Path) -> Result<Vec<Figure>> {
    let mut fresh = Vec::new();
    let mut existing = Vec::new();
    for number in 0..STARTS {
        fresh.push(start(binary, &dir.join(format!("fresh-{number}"))).await?);
        existing.push(start(binary, filled).await?);
    }
    let server = Server::start(binary, filled, None).await?;
    tokio::time::sleep(REST).await;
    let resident = server.resident();
    server.stop().await?;
    let figure = |what, times: &[f64], floor: Option<Floor>| {
        let detail = format!("median of {STARTS}; slowest {:.1} ms", times.iter().copied().fold(0.0, f64::max));
        Figure { what, value: Some(median(times)), unit: Unit::Milliseconds, floor, detail }
    };
    Ok(vec![
        figure("start to ready, with data", &existing, Some(Floor::AtMost(200.0))),
        figure("start to ready, first start", &fresh, None),
        Figure {
            what: "idle resident memory",
            value: resident.map(|bytes| bytes as f64 / 1_048_576.0),
            unit: Unit::Megabytes,
            floor: Some(Floor::AtMost(40.0)),
            detail: format!("VmRSS {} s after a start with data", REST.as_secs()),
        },
    ])
}

async fn start(binary: &Path, data: &Path) -> Result<f64> {
    let server = Server::start(binary, data, None).await?;
    let taken = milliseconds(server.ready_after);
    server.stop().await?;
    Ok(taken)
}
