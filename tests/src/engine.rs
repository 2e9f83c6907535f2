//! The two databases the server runs on.

/// Where a server keeps its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded database.
    Sqlite,
    /// A fresh database of the server that `COUNTERSIGN_TEST_POSTGRES` names.
    Postgres,
}

impl Engine {
    /// Whether this engine can be tested here; says so if not.
    pub fn is_there(self) -> bool {
        let there = self == Engine::Sqlite || crate::database::server().is_some();
        if !there {
            println!("skipped: COUNTERSIGN_TEST_POSTGRES names no server; run it through scripts/with-postgres");
        }
        there
    }
}

/// Runs each named `async fn(&'static Server)` against a server on each engine; the tests of a file share one server.
#[macro_export]
macro_rules! each_engine {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::server::shared($crate::Engine::Sqlite).await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if $crate::Engine::Postgres.is_there() {
                    super::$name($crate::server::shared($crate::Engine::Postgres).await).await;
                }
            })+
        }
    };
}

/// As [`each_engine!`], for `async fn(Engine)` that start servers of their own, or none of the default run: each test
/// carries the attributes given.
#[macro_export]
macro_rules! each_engine_alone {
    ($(#[$attribute:meta])* $($name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            $(#[$attribute])*
            async fn on_sqlite() {
                super::$name($crate::Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            $(#[$attribute])*
            async fn on_postgres() {
                if $crate::Engine::Postgres.is_there() {
                    super::$name($crate::Engine::Postgres).await;
                }
            }
        })+
    };
}
