//! The command line. Flags win over the environment, which wins over the configuration file.

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Deserialize;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// A self-hosted deployment-approval server.
#[derive(Parser)]
#[command(name = "countersign", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the program can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run the server
    Serve(ServeArguments),
    /// Run the built-in runner: take jobs from a server and run them on this machine
    Runner(RunnerArguments),
    /// Play the whole story against a throw-away server: protect, block, approve, run
    Demo(DemoArguments),
    /// Say what is wrong with a .gitlab-ci.yml; exit status 1 if no pipeline could come of it
    Lint(LintArguments),
    /// Look after the audit trail
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Print the description of the REST API as OpenAPI JSON
    Openapi,
    /// Print the version
    Version,
}

/// What is read.
#[derive(Args)]
pub(crate) struct LintArguments {
    /// The file, or - for standard input. What it includes is looked for from the root of the git work tree it is in
    pub(crate) file: PathBuf,
    /// Print JSON, shaped as the REST API's
    #[arg(long)]
    pub(crate) json: bool,
}

/// What can be done with the audit trail.
#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Prove that no audit record was changed, dropped or moved; exit status 1 if one was
    Verify(VerifyArguments),
}

/// What is verified.
#[derive(Args)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// Also fail unless the trail has this hash (hex) at this position, as an earlier `audit verify` printed them. The
    /// chain alone does not stop somebody who rewrites the whole database; an end of it that is kept elsewhere does
    #[arg(long, value_name = "SEQ:HASH", value_parser = crate::audit::expected)]
    pub(crate) expect: Option<Expected>,
}

/// A place in the audit trail that was written down elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    /// The position, from 1.
    pub(crate) seq: i64,
    /// The hash there, in lower-case hex.
    pub(crate) hash: String,
}

/// Where the data is.
#[derive(Args, Clone, Default)]
pub(crate) struct DatabaseArguments {
    /// Where repositories, logs and the embedded database live [default: ./countersign-data]
    #[arg(long, env = "COUNTERSIGN_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// A PostgreSQL database in place of the embedded one: postgres://user:password@host/database
    #[arg(long, env = "COUNTERSIGN_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// A TOML file with these settings, named as here with _ for -
    #[arg(long, env = "COUNTERSIGN_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// How the server is run.
#[derive(Args, Clone, Default)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// The address to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "COUNTERSIGN_LISTEN", value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// The address that people and runners reach the server at [default: http:// and the address listened on]
    #[arg(long, env = "COUNTERSIGN_EXTERNAL_URL", value_name = "URL")]
    pub(crate) external_url: Option<String>,
    /// Also run jobs on this machine, in the same process: their scripts can read and change all of the server's data
    #[arg(
        long,
        env = "COUNTERSIGN_WITH_RUNNER",
        value_name = "BOOL",
        num_args = 0..=1,
        default_missing_value = "true",
        require_equals = true
    )]
    pub(crate) with_runner: Option<bool>,
    /// The least role that manages the protected environments of groups [default: maintainer]
    #[arg(long, env = "COUNTERSIGN_GROUP_PROTECTION_MIN_ROLE", value_name = "ROLE")]
    pub(crate) group_protection_min_role: Option<MinRole>,
    /// Whether every personal access token must end, within 365 days [default: true]
    #[arg(long, env = "COUNTERSIGN_REQUIRE_TOKEN_EXPIRY", value_name = "BOOL", require_equals = true)]
    pub(crate) require_token_expiry: Option<bool>,
    /// The file with the key that CI/CD variables are sealed with in the database; servers that share a database need the
    /// same [default: secrets.key in the data directory, made at the first start]
    #[arg(long, env = "COUNTERSIGN_SECRETS_KEY_FILE", value_name = "FILE")]
    pub(crate) secrets_key_file: Option<PathBuf>,
    /// How long the log of a job is kept after the job has ended, such as '90 days' [default: never removed]
    #[arg(long, env = "COUNTERSIGN_LOGS_EXPIRE_IN", value_name = "SPAN")]
    pub(crate) logs_expire_in: Option<String>,
    /// How many seconds a runner's request for a job is held while there is none; 0 answers at once, for proxies that
    /// close such connections [default: 50]
    #[arg(long, env = "COUNTERSIGN_CI_LONG_POLLING_DURATION", value_name = "SECONDS")]
    pub(crate) ci_long_polling_duration: Option<u64>,
    /// How many requests a second one token, or one address without a token, may make [default: as many as it likes]
    #[arg(long, env = "COUNTERSIGN_REQUESTS_PER_SECOND", value_name = "N")]
    pub(crate) requests_per_second: Option<NonZeroU32>,
    /// A host or network that the server may call when a project names it, besides the public internet; may be given
    /// several times, or separated by commas: git.internal, 10.1.0.0/16
    #[arg(long, env = "COUNTERSIGN_ALLOW_OUTGOING", value_name = "HOST", value_delimiter = ',')]
    pub(crate) allow_outgoing: Vec<String>,
    /// After how many seconds a project that follows a repository elsewhere is fetched again [default: 300]
    #[arg(long, env = "COUNTERSIGN_MIRROR_INTERVAL", value_name = "SECONDS")]
    pub(crate) mirror_interval: Option<NonZeroU32>,
    /// How many megabytes one fetch from elsewhere may bring [default: 2048]
    #[arg(long, env = "COUNTERSIGN_IMPORT_MAX_MEGABYTES", value_name = "N")]
    pub(crate) import_max_megabytes: Option<NonZeroU32>,
    /// How many seconds one fetch from elsewhere may take [default: 900]
    #[arg(long, env = "COUNTERSIGN_IMPORT_TIME_LIMIT", value_name = "SECONDS")]
    pub(crate) import_time_limit: Option<NonZeroU32>,
}

/// The least role that manages the protected environments of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MinRole {
    /// Maintainers of the group, and owners.
    #[default]
    Maintainer,
    /// Owners of the group only.
    Owner,
}

/// How a runner is run.
#[derive(Args)]
pub(crate) struct RunnerArguments {
    /// The server's URL
    #[arg(long, env = "COUNTERSIGN_URL", value_name = "URL")]
    pub(crate) url: String,
    /// The runner's token, glrt-…; better given by the environment, where other users cannot see it
    #[arg(long, env = "COUNTERSIGN_RUNNER_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub(crate) token: String,
    /// How many jobs may run at once
    #[arg(long, env = "COUNTERSIGN_RUNNER_CONCURRENT", value_name = "N", default_value_t = 1)]
    pub(crate) concurrent: u16,
    /// Where work trees are made
    #[arg(long, env = "COUNTERSIGN_RUNNER_BUILDS_DIR", value_name = "DIR", default_value = "./countersign-builds")]
    pub(crate) builds_dir: PathBuf,
}

/// How the demo is played.
#[derive(Args)]
pub(crate) struct DemoArguments {
    /// Leave the server and the runner running afterwards, and print the address, all tokens and a password
    #[arg(long)]
    pub(crate) keep: bool,
    /// No colours, even on a terminal
    #[arg(long)]
    pub(crate) plain: bool,
}
