//! Every difference between the engines that a statement may show.

/// Which database runs the statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The embedded database.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

impl Dialect {
    /// The statement of this engine, where one text cannot serve both.
    pub fn pick(self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Dialect::Sqlite => sqlite,
            Dialect::Postgres => postgres,
        }
    }
}

/// Tables whose rows a decision may lock, so that nobody else decides about them at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockTable {
    /// `projects`.
    Projects,
    /// `pipelines`.
    Pipelines,
    /// `environments`.
    Environments,
    /// `deployments`.
    Deployments,
    /// `resource_groups`.
    ResourceGroups,
}

impl LockTable {
    /// The statement that locks row `$1` until the transaction ends; `None` where one writer makes it needless.
    pub(crate) fn statement(self, dialect: Dialect) -> Option<&'static str> {
        let statement = match self {
            // What is added below these two refers to them, and must not wait for this.
            LockTable::Projects => "SELECT id FROM projects WHERE id = $1 FOR NO KEY UPDATE",
            LockTable::Environments => "SELECT id FROM environments WHERE id = $1 FOR NO KEY UPDATE",
            LockTable::Pipelines => "SELECT id FROM pipelines WHERE id = $1 FOR UPDATE",
            LockTable::Deployments => "SELECT id FROM deployments WHERE id = $1 FOR UPDATE",
            LockTable::ResourceGroups => "SELECT id FROM resource_groups WHERE id = $1 FOR UPDATE",
        };
        (dialect == Dialect::Postgres).then_some(statement)
    }
}
