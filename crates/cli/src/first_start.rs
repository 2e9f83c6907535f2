//! The first administrator: created on an empty database, with secrets from the environment or random ones.

use countersign_app::{App, bootstrap, now, secrets};
use countersign_domain::event::By;
use countersign_store::Intent;

/// The variables that set the first secrets. No flags: other users of a machine can read those.
const PASSWORD: &str = "COUNTERSIGN_ROOT_PASSWORD";
const TOKEN: &str = "COUNTERSIGN_ROOT_TOKEN";

/// The secrets the first administrator is to have; random ones where there are none.
#[derive(Default)]
pub(crate) struct Wanted {
    /// The password.
    pub(crate) password: Option<String>,
    /// The personal access token.
    pub(crate) token: Option<String>,
}

impl Wanted {
    /// As the environment says.
    pub(crate) fn from_environment() -> Wanted {
        let variable = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
        Wanted { password: variable(PASSWORD), token: variable(TOKEN) }
    }
}

/// The random secrets of a first administrator, to be shown this once.
pub(crate) struct Made {
    /// The password, if it was random.
    pub(crate) password: Option<String>,
    /// The token, if it was random.
    pub(crate) token: Option<String>,
}

/// Creates the first administrator if nobody is there yet; what was made up for them then.
///
/// # Errors
/// A wanted secret is not acceptable, or the store fails.
pub(crate) async fn run(app: &App, wanted: Wanted) -> anyhow::Result<Option<Made>> {
    if !app.store.read(bootstrap::is_needed).await? {
        return Ok(None);
    }
    let made = Made {
        password: wanted.password.is_none().then(|| secrets::random("")).transpose()?,
        token: wanted.token.is_none().then(secrets::personal_token).transpose()?,
    };
    let password = wanted.password.or_else(|| made.password.clone()).unwrap_or_default();
    let token = wanted.token.or_else(|| made.token.clone()).unwrap_or_default();
    let prepared = tokio::task::spawn_blocking(move || bootstrap::prepare(&password, &token)).await?;
    let prepared = prepared.map_err(|why| explained(&why))?;
    let at = now();
    let job = move |tx: &mut countersign_store::Tx<'_>| bootstrap::administrator(tx, &prepared, at);
    let created = app.store.write(By::default(), at, Intent::Edit, job).await?;
    Ok(created.then_some(made))
}

/// The reason, with the variable to change.
fn explained(why: &bootstrap::Unfit) -> anyhow::Error {
    match why {
        bootstrap::Unfit::Password(_) => anyhow::anyhow!("{PASSWORD}: {why}"),
        bootstrap::Unfit::TokenLength(_) | bootstrap::Unfit::TokenCharacter => anyhow::anyhow!("{TOKEN}: {why}"),
        bootstrap::Unfit::Secret(_) => anyhow::anyhow!("{why}"),
    }
}
