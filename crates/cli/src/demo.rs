//! `countersign demo`: plays the main story against a throw-away server, and checks every claim it makes.

mod call;
mod chapters;
mod company;
mod git;
mod json;
mod keep;
mod person;
mod stage;
mod story;
mod summary;
mod untruth;
mod voice;

use crate::args::DemoArguments;
use crate::{audit, signals};
use company::Company;
use countersign_app::bootstrap::ROOT;
use countersign_store::Error;
use person::Person;
use stage::Stage;
use std::process::ExitCode;
use std::time::Instant;
use story::Story;
use untruth::Untruth;
use voice::Voice;

/// Plays the demo. The first claim that does not hold ends it with the exit status 1.
///
/// # Errors
/// The throw-away server cannot be started.
pub(crate) async fn run(arguments: DemoArguments) -> anyhow::Result<ExitCode> {
    let voice = Voice::new(arguments.plain);
    let stage = Stage::open().await?;
    let story = Story::new(voice, stage.url())?;
    let played = tokio::select! {
        played = play(&story, &stage) => Some(played),
        asked = signals::asked_to_end() => asked.map(|()| None)?,
    };
    let code = match played {
        None => signals::interrupted(),
        Some(Err(error)) => {
            voice.failure(&explained(&error));
            ExitCode::FAILURE
        }
        Some(Ok(company)) => {
            if arguments.keep {
                keep::keep(&story, &stage, &company).await?;
            }
            ExitCode::SUCCESS
        }
    };
    stage.close().await;
    Ok(code)
}

async fn play(story: &Story, stage: &Stage) -> anyhow::Result<Company> {
    let started = started();
    let voice = story.voice();
    voice.title(&format!("Countersign {}: the main story, on a throw-away server", env!("CARGO_PKG_VERSION")));
    voice.says(&format!(
        "Real HTTP to {}, real git, the built-in runner in this process. Every status and every field shown is checked.",
        stage.url()
    ));
    let root = Person { name: ROOT.into(), role: "administrator", id: 1, token: stage.root_token().to_owned() };
    let company = company::found(story, root).await?;
    let repository = git::Repository::new(stage.directory(), stage.url(), "acme/shop")?;
    chapters::protect::play(story, &company).await?;
    let first = chapters::push::play(story, &company, &repository).await?;
    chapters::approve::play(story, &company, &first).await?;
    chapters::reject::play(story, &company, &repository).await?;
    let site = chapters::unified::play(story, &company).await?;
    chapters::outside::play(story, &company, &site).await?;
    close(story, stage, started).await?;
    Ok(company)
}

/// The last word: everything is on record, and the record is whole.
async fn close(story: &Story, stage: &Stage, started: Instant) -> anyhow::Result<()> {
    let voice = story.voice();
    voice.chapter("And all of it is on record");
    let report = stage.server.app.store.scan::<_, Error>(countersign_store::audit::verify).await?;
    if report.problem.is_some() || report.sealed == 0 {
        return Err(Untruth::new("countersign audit verify", "a whole audit trail", audit::text(&report)).into());
    }
    voice.says(&format!("countersign audit verify: {} audit records, chained by hashes: whole.", report.sealed));
    voice.success(&format!(
        "Every claim held: {} requests, {} checks, {:.1} s.",
        story.requests(),
        story.checks() + 1,
        started.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// What went wrong, in words.
fn explained(error: &anyhow::Error) -> String {
    match error.downcast_ref::<Untruth>() {
        Some(untruth) => untruth.to_string(),
        None => format!("{error:#}"),
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge: the demo says how long it took")]
fn started() -> Instant {
    Instant::now()
}
