//! The throw-away server that the story is played against.

use crate::first_start::{self, Wanted};
use crate::server::{self, Server};
use crate::settings::{Database, Settings};
use countersign_app::imports::Limits;
use countersign_app::secrets;
use countersign_app::tokens::Lives;
use countersign_domain::access::Level;
use countersign_domain::outgoing::Allowed;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// How long the runner waits after there was no job.
const CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// A server with a runner, whose data goes away with it.
pub(super) struct Stage {
    /// The server.
    pub(super) server: Server,
    root_token: String,
    directory: TempDir,
}

impl Stage {
    /// Starts a server on a free port, in a new directory, with the built-in runner.
    ///
    /// # Errors
    /// It cannot be started.
    pub(super) async fn open() -> anyhow::Result<Stage> {
        let directory = tempfile::Builder::new().prefix("countersign-demo-").tempdir()?;
        let settings = Settings {
            database: Database { data_dir: directory.path().join("data"), url: None },
            listen: "127.0.0.1:0".to_owned(),
            external_url: None,
            with_runner: true,
            group_protection_min_role: Level::Maintainer,
            tokens: Lives::Bounded,
            long_polling: None,
            logs_live: None,
            requests_per_second: None,
            outgoing: Allowed::default(),
            imports: Limits::default(),
            secrets_key_file: None,
        };
        let opened = server::open(&settings).await?;
        let root_token = secrets::personal_token()?;
        first_start::run(opened.app(), Wanted { password: None, token: Some(root_token.clone()) }).await?;
        let mut server = opened.start().await?;
        server.add_runner(CHECK_INTERVAL).await?;
        Ok(Stage { server, root_token, directory })
    }

    /// Where the server listens.
    pub(super) fn url(&self) -> &str {
        &self.server.local_url
    }

    /// The administrator's token.
    pub(super) fn root_token(&self) -> &str {
        &self.root_token
    }

    /// A directory that goes away with the server.
    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Stops the server and removes its data.
    pub(super) async fn close(self) {
        self.server.stop().await;
        if let Err(error) = self.directory.close() {
            tracing::warn!(%error, "the directory of the demo could not be removed");
        }
    }
}
