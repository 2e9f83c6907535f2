//! `cargo xtask bench`: how fast the release binary is, as ratios to baselines that are measured in the same run, in
//! turns, so that a slow or busy machine slows both.

pub(crate) mod baseline;

mod approvals;
mod client;
mod clock;
mod commits;
mod crowd;
mod handover;
mod load;
mod logs;
mod machine;
mod plan;
mod polls;
mod postgres;
mod read;
mod report;
mod server;
mod start;
mod world;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::shell;
use report::Figure;
use server::Server;
use world::World;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Fail if a floor is missed
    #[arg(long)]
    check: bool,
    /// Measure only these; without any, all
    #[arg(value_enum)]
    items: Vec<Item>,
    /// How many turns each comparison takes
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How many seconds each side of a turn runs
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Measure this program in place of one that is built for it
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Item {
    /// GET one deployment, beside a bare handler
    Read,
    /// Lists of 20 rows, beside a bare handler
    Lists,
    /// Durable approvals, beside single commits
    Approvals,
    /// From the last approval to the runner, alone or one of a thousand
    Handover,
    /// Requests of runners when there is no job, and what ten thousand of them take
    Polls,
    /// Logs of a hundred jobs, beside appending to files
    Logs,
    /// Start to ready, and memory at rest
    Start,
    /// Approvals on PostgreSQL, beside pgbench
    Postgres,
    /// Planning configurations, beside parsing their YAML
    Plan,
}

/// Builds what is measured, measures, and prints the table.
///
/// # Errors
/// Something could not be measured, or, with `--check`, a floor was missed.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if cfg!(debug_assertions) {
        return optimised();
    }
    let mut figures = Vec::new();
    if arguments.items.iter().any(|item| *item != Item::Plan) || arguments.items.is_empty() {
        let binary = match &arguments.binary {
            Some(binary) => binary.canonicalize()?,
            None => server::build()?,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        figures = runtime.block_on(measure(arguments, &binary))?;
    }
    if arguments.items.contains(&Item::Plan) || arguments.items.is_empty() {
        figures.extend(plan::measure()?);
    }
    print!("{}", report::table(&figures));
    let below = figures.iter().filter(|figure| figure.is_below()).count();
    if arguments.check && below > 0 {
        bail!("{below} of the floors are missed");
    }
    Ok(())
}

/// Starts the same command over as a release build: an unoptimised baseline would flatter the server.
fn optimised() -> Result<()> {
    let words = std::env::args_os().skip(1);
    let mut command = shell::cargo();
    command.args(["run", "--quiet", "--release", "--locked", "--package", "xtask", "--"]).args(words);
    shell::run(&mut command)
}

async fn measure(arguments: &Arguments, binary: &Path) -> Result<Vec<Figure>> {
    let program = std::env::current_exe()?;
    let wanted = |item: Item| arguments.items.is_empty() || arguments.items.contains(&item);
    let time = Duration::from_secs(arguments.seconds);
    // Beside the binaries, not in /tmp: that may be memory, where every commit is durable at once.
    let target = program.parent().unwrap_or(&program);
    let dir = tempfile::Builder::new().prefix("bench-").tempdir_in(target)?;
    println!("{}\n", machine::describe(dir.path()));
    let data = dir.path().join("data");
    let server = Server::start(binary, &data, None).await?;
    let world = World::prepare(server.address).await?;
    let mut figures = Vec::new();
    if wanted(Item::Read) {
        figures.extend(read::measure(&world, dir.path(), (arguments.rounds, time)).await?);
    }
    if wanted(Item::Lists) {
        figures.extend(read::lists(&world, dir.path(), (arguments.rounds, time)).await?);
    }
    if wanted(Item::Approvals) {
        figures.extend(approvals::measure(&world, dir.path(), arguments.rounds, time).await?);
    }
    if wanted(Item::Handover) {
        figures.extend(handover::measure(&world).await?);
        figures.extend(crowd::handover(&world).await?);
    }
    if wanted(Item::Logs) {
        figures.extend(logs::measure(&world, dir.path(), arguments.rounds).await?);
    }
    server.stop().await?;
    if wanted(Item::Polls) {
        figures.extend(polls::measure(binary, dir.path(), (arguments.rounds, time)).await?);
        figures.extend(crowd::held(binary, dir.path()).await?);
    }
    if wanted(Item::Start) {
        figures.extend(start::measure(binary, dir.path(), &data).await?);
    }
    if wanted(Item::Postgres) {
        figures.extend(postgres::measure(binary, dir.path(), arguments.rounds, time).await?);
    }
    Ok(figures)
}
