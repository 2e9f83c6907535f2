//! The first administrator: created on an empty database, with secrets from the environment or random ones.

use anyhow::{Context, bail};
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
    ///
    /// # Errors
    /// A variable is set twice, itself and as a file, or its file cannot be read.
    pub(crate) fn from_environment() -> anyhow::Result<Wanted> {
        let variable = |name: &str| std::env::var(name).ok();
        Ok(Wanted { password: secret(PASSWORD, variable)?, token: secret(TOKEN, variable)? })
    }
}

/// The secret in the variable `name`, or in the file that `name` with `_FILE` names. Empty variables count as not set.
fn secret(name: &str, variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<String>> {
    let file_name = format!("{name}_FILE");
    let given = |name: &str| variable(name).filter(|text| !text.is_empty());
    let path = match (given(name), given(&file_name)) {
        (Some(_), Some(_)) => bail!("{name} and {file_name} are both set; set only one of them"),
        (direct, None) => return Ok(direct),
        (None, Some(path)) => path,
    };
    let text = std::fs::read_to_string(&path).with_context(|| format!("{file_name}: {path:?} cannot be read"))?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() {
        bail!("{file_name}: {path:?} is empty; it should hold the secret");
    }
    Ok(Some(text.to_owned()))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::secret;

    #[test]
    fn a_secret_comes_from_the_variable_or_from_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        std::fs::write(&file, "from the file\n").unwrap();
        let path = file.to_str().unwrap();
        let look = |direct: &str, file: &str| {
            secret("X", |name| Some(if name == "X" { direct } else { file }.to_owned())).map_err(|e| e.to_string())
        };
        assert_eq!(look("", ""), Ok(None));
        assert_eq!(look("direct", ""), Ok(Some("direct".into())));
        assert_eq!(look("", path), Ok(Some("from the file".into())));
        assert!(look("direct", path).unwrap_err().contains("X_FILE are both set"));
        assert!(look("", "/nowhere/at/all").unwrap_err().contains("X_FILE"));
        std::fs::write(&file, "\n").unwrap();
        assert!(look("", path).unwrap_err().contains("empty"));
    }
}
