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
    /// That this engine can be tested here: a missing part is a failure, not a skip.
    ///
    /// # Panics
    /// There is no PostgreSQL server to test on.
    pub fn need(self) {
        let there = self == Engine::Sqlite || crate::database::server().is_some();
        assert!(there, "COUNTERSIGN_TEST_POSTGRES names no server: run the tests through scripts/with-postgres");
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
                $crate::Engine::Postgres.need();
                super::$name($crate::server::shared($crate::Engine::Postgres).await).await;
            })+
        }
    };
}

/// As [`each_engine!`], for `async fn(Engine, usize)` that repeat themselves: a few times, and many times in the tests
/// that are ignored unless asked for (`cargo test -- --include-ignored slow_`).
#[macro_export]
macro_rules! each_engine_repeatedly {
    (few: $few:expr, many: $many:expr; $($name:ident),+ $(,)?) => {
        $crate::each_engine_repeatedly!(@ on_sqlite, Sqlite, $few, [], $($name),+);
        $crate::each_engine_repeatedly!(@ on_postgres, Postgres, $few, [], $($name),+);
        $crate::each_engine_repeatedly!(@ slow_on_sqlite, Sqlite, $many, [#[ignore = "slow"]], $($name),+);
        $crate::each_engine_repeatedly!(@ slow_on_postgres, Postgres, $many, [#[ignore = "slow"]], $($name),+);
    };
    (@ $module:ident, $engine:ident, $times:expr, $attributes:tt, $($name:ident),+) => {
        mod $module {
            $($crate::each_engine_repeatedly!(@@ $engine, $times, $attributes, $name);)+
        }
    };
    (@@ $engine:ident, $times:expr, [$(#[$attribute:meta])*], $name:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $(#[$attribute])*
        async fn $name() {
            $crate::Engine::$engine.need();
            super::$name($crate::Engine::$engine, $times).await;
        }
    };
}

/// Runs each named `async fn(Engine)` on each engine, only if asked for: `cargo test -- --include-ignored slow_`.
#[macro_export]
macro_rules! each_engine_slowly {
    ($($name:ident),+ $(,)?) => {
        $crate::each_engine_slowly!(@ slow_on_sqlite, Sqlite, $($name),+);
        $crate::each_engine_slowly!(@ slow_on_postgres, Postgres, $($name),+);
    };
    (@ $module:ident, $engine:ident, $($name:ident),+) => {
        mod $module {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "slow"]
            async fn $name() {
                $crate::Engine::$engine.need();
            super::$name($crate::Engine::$engine).await;
            })+
        }
    };
}
