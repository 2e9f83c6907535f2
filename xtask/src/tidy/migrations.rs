//! Both engines have the same migrations, or one of them is left behind.

use std::collections::BTreeSet;

use super::Violation;
use super::tree::File;

/// Where the migrations live; one directory for each engine.
const ROOT: &str = "crates/store/migrations/";

/// Reports every migration that one engine has and the other lacks.
pub(super) fn check(files: &[File]) -> Vec<Violation> {
    let sqlite = names(files, "sqlite");
    let postgres = names(files, "postgres");
    let missing = |have: &BTreeSet<String>, lack: &BTreeSet<String>, there: &str, absent: &str| {
        have.difference(lack)
            .map(|name| {
                Violation::new(
                    &format!("{ROOT}{there}/{name}"),
                    1,
                    format!("{absent} has no migration of this name"),
                    format!("add {ROOT}{absent}/{name}"),
                )
            })
            .collect::<Vec<_>>()
    };
    let mut found = missing(&sqlite, &postgres, "sqlite", "postgres");
    found.extend(missing(&postgres, &sqlite, "postgres", "sqlite"));
    found
}

/// The names of one engine's migrations.
fn names(files: &[File], engine: &str) -> BTreeSet<String> {
    let prefix = format!("{ROOT}{engine}/");
    files.iter().filter_map(|file| file.path.strip_prefix(&prefix)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{File, check};

    #[test]
    fn names_the_migration_one_engine_lacks() {
        let of = |paths: &[&str]| {
            paths.iter().map(|path| File::new(&format!("crates/store/migrations/{path}"), "")).collect::<Vec<_>>()
        };
        assert!(check(&of(&["sqlite/0001_a.sql", "postgres/0001_a.sql"])).is_empty());
        let found = check(&of(&["sqlite/0001_a.sql", "postgres/0001_a.sql", "postgres/0002_b.sql"]));
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].to_string(),
            "crates/store/migrations/postgres/0002_b.sql:1: sqlite has no migration of this name; \
             add crates/store/migrations/sqlite/0002_b.sql"
        );
    }
}
