//! Approvals on PostgreSQL, beside what pgbench inserts into the same cluster.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::approvals::{CLIENTS, DEPLOYMENTS};
use super::clock::Compared;
use super::load;
use super::report::{Figure, Unit};
use super::server::Server;
use super::world::World;
use crate::shell;

/// The database that is made for the benchmark.
const DATABASE: &str = "countersign_bench";
/// What pgbench runs: one row a transaction.
const SCRIPT: &str = "INSERT INTO bench_votes (text) VALUES ('approved, as one of a hundred bytes or so that a vote and its record take on the disk');\n";

/// Measures approvals on a cluster that `COUNTERSIGN_TEST_POSTGRES` names; without one there is no
/// result.
///
/// # Errors
/// The cluster or the server failed.
pub(crate) async fn measure(binary: &Path, dir: &Path, rounds: usize, time: Duration) -> Result<Vec<Figure>> {
    let what = "approvals on PostgreSQL";
    let Some(url) = std::env::var("COUNTERSIGN_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
        let detail = "no cluster: run COUNTERSIGN_POSTGRES_FSYNC=on scripts/with-postgres cargo xtask bench".to_owned();
        return Ok(vec![Figure { what, value: None, unit: Unit::Share, floor: None, detail }]);
    };
    sql(&url, &format!("DROP DATABASE IF EXISTS {DATABASE}"))?;
    sql(&url, &format!("CREATE DATABASE {DATABASE}"))?;
    let (base, _) = url.rsplit_once('/').context("the address of the cluster names no database")?;
    let own = format!("{base}/{DATABASE}");
    sql(&own, "CREATE TABLE bench_votes (id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY, text TEXT)")?;
    let durable = sql(&url, "SHOW fsync")?;
    let script = dir.join("insert.sql");
    std::fs::write(&script, SCRIPT)?;
    let server = Server::start(binary, &dir.join("postgres"), Some(&own)).await?;
    let world = World::prepare(server.address).await?;
    let mut compared = Compared::default();
    for _ in 0..rounds {
        let queue = world.votes(DEPLOYMENTS / 2).await?;
        let ours = load::drain(world.address, CLIENTS, &queue).await?;
        compared.push(ours, tokio::task::block_in_place(|| inserts(&own, &script, time))?);
    }
    server.stop().await?;
    let detail = format!("{}; {CLIENTS} clients, fsync {}", compared.rates("pgbench inserts"), durable.trim());
    Ok(vec![Figure { what, value: Some(compared.ratio()), unit: Unit::Share, floor: None, detail }])
}

/// Runs one statement; what it shows.
fn sql(url: &str, statement: &str) -> Result<String> {
    shell::output(Command::new("psql").args([url, "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", statement]))
}

/// How many single rows pgbench inserts each second with as many clients as approve.
fn inserts(url: &str, script: &Path, time: Duration) -> Result<f64> {
    let seconds = time.as_secs().max(1).to_string();
    let clients = CLIENTS.to_string();
    let mut command = Command::new("pgbench");
    command.args(["-n", "-M", "prepared", "-j", "2", "-c", &clients, "-T", &seconds, "-f"]).arg(script).arg(url);
    let printed = shell::output(&mut command)?;
    tps(&printed).with_context(|| format!("pgbench shows no rate: {printed}"))
}

/// The rate in what pgbench prints.
fn tps(printed: &str) -> Option<f64> {
    let rest = printed.lines().find_map(|line| line.strip_prefix("tps = "))?;
    rest.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::tps;

    #[test]
    fn reads_the_rate() {
        let text = "latency average = 3 ms\ntps = 12345.678 (without initial connection time)\n";
        assert_eq!(tps(text), Some(12345.678));
        assert_eq!(tps("nothing"), None);
    }
}
