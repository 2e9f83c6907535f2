//! Both engines have the same tables.

use super::*;
use std::collections::BTreeMap;

/// Per `table.column`: its class of type, and whether it may be NULL.
type Schema = BTreeMap<String, (&'static str, bool)>;

fn sqlite(tx: &mut Tx<'_>) -> Result<Schema> {
    let rows = tx.query(
        "SELECT t.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_master t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
        &[],
        |row| {
            let class = match row.get::<String>(2)?.as_str() {
                "INTEGER" => "number",
                "TEXT" => "text",
                "BLOB" => "bytes",
                other => panic!("unexpected type {other}"),
            };
            let nullable = row.get::<i64>(3)? == 0 && row.get::<i64>(4)? == 0;
            Ok((format!("{}.{}", row.get::<String>(0)?, row.get::<String>(1)?), (class, nullable)))
        },
    )?;
    Ok(rows.into_iter().collect())
}

fn postgres(tx: &mut Tx<'_>) -> Result<Schema> {
    let rows = tx.query(
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT), is_nullable = 'YES'
         FROM information_schema.columns WHERE table_schema = 'public'",
        &[],
        |row| {
            let class = match row.get::<String>(2)?.as_str() {
                "bigint" | "boolean" => "number",
                "text" => "text",
                "bytea" => "bytes",
                other => panic!("unexpected type {other}"),
            };
            Ok((format!("{}.{}", row.get::<String>(0)?, row.get::<String>(1)?), (class, row.get(3)?)))
        },
    )?;
    Ok(rows.into_iter().collect())
}

#[test]
fn both_schemas_have_the_same_tables_and_columns() {
    let schemas = std::cell::RefCell::new(Vec::new());
    on_both("schema", |store| {
        let schema = store.read_blocking(|tx| match tx.dialect() {
            Dialect::Sqlite => sqlite(tx),
            Dialect::Postgres => postgres(tx),
        });
        schemas.borrow_mut().push(schema.unwrap());
    });
    let [sqlite, postgres] = &schemas.into_inner()[..] else { panic!("two engines") };
    assert!(sqlite.len() > 100, "{} columns", sqlite.len());
    for column in sqlite.keys().chain(postgres.keys()) {
        assert_eq!(sqlite.get(column), postgres.get(column), "{column}: SQLite on the left, PostgreSQL on the right");
    }
}

/// Names of all indexes that are ours and of all tables' unique sets would differ in spelling; which columns they cover must not.
fn indexes(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let sql = tx.dialect().pick(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name",
        "SELECT CAST(c.relname AS TEXT) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
           JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u')
         WHERE n.nspname = 'public' AND k.oid IS NULL ORDER BY 1",
    );
    tx.query(sql, &[], |row| row.get(0))
}

#[test]
fn both_schemas_have_the_same_indexes() {
    let found = std::cell::RefCell::new(Vec::new());
    on_both("indexes", |store| found.borrow_mut().push(store.read_blocking(indexes).unwrap()));
    let [mut sqlite, mut postgres] = <[Vec<String>; 2]>::try_from(found.into_inner()).unwrap();
    sqlite.sort();
    postgres.sort();
    assert_eq!(sqlite, postgres);
}

/// The references that no index of their own finds: it would have to begin with the column, and to leave out only what
/// refers to nothing. A column that is the key itself needs none.
const UNFOUND: &str = "
    SELECT t.name || '.' || f.\"from\", f.\"table\" FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f
    WHERE t.type = 'table' AND NOT EXISTS (
      SELECT 1 FROM pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c JOIN sqlite_master s ON s.name = i.name
      WHERE c.seqno = 0 AND c.name = f.\"from\" AND (i.partial = 0 OR s.sql LIKE '%WHERE ' || c.name || ' IS NOT NULL'))
    AND NOT EXISTS (SELECT 1 FROM pragma_table_info(t.name) k WHERE k.pk = 1 AND k.name = f.\"from\")
    ORDER BY 1";

#[test]
fn whatever_refers_to_a_row_that_can_be_deleted_is_found_by_an_index() {
    crate::testing::on_sqlite(|store| {
        let read = |tx: &mut Tx<'_>| tx.query(UNFOUND, &[], |row| Ok((row.get(0)?, row.get(1)?)));
        let found: Vec<(String, String)> = store.read_blocking(read).unwrap();
        // Rows of people stay for ever: who is deleted is only emptied.
        let (people, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, to)| to == "users");
        assert!(people.iter().any(|(column, _)| column == "jobs.user_id"), "{people:?}");
        assert_eq!(others, []);
    });
}

#[test]
fn one_vote_of_a_person_stands_and_any_number_has_ended() {
    on_both("standing", |store| {
        let project = races::project(store);
        let stands = store.housekeeping_blocking(move |tx| {
            let environment = tx.insert(
                "INSERT INTO environments (project_id, name, slug, tier, state, auto_stop_setting, created_at, updated_at)
                 VALUES ($1, 'e', 'e', 'other', 'available', 'always', 0, 0) RETURNING id",
                &[project.into()],
            )?;
            let deployment = tx.insert(
                "INSERT INTO deployments (iid, project_id, environment_id, ref, tag, sha, status, final, unapproved,
                   tier_refused, created_at, updated_at)
                 VALUES (1, $1, $2, 'main', $3, 's', 'blocked', $3, $3, $3, 0, 0) RETURNING id",
                &[project.into(), environment.into(), false.into()],
            )?;
            let vote = "INSERT INTO approvals (deployment_id, user_id, status, over_the_rules, created_at, ended_at)
                        VALUES ($1, (SELECT min(id) FROM users), 'approved', $2, 0, $3)";
            for ended in [Some(0), Some(0), None, Some(0)] {
                tx.execute(vote, &[deployment.into(), false.into(), ended.into()])?;
            }
            Ok(deployment)
        });
        let deployment = stands.unwrap();
        let second = store.housekeeping_blocking(move |tx| {
            let vote = "INSERT INTO approvals (deployment_id, user_id, status, over_the_rules, created_at)
                        VALUES ($1, (SELECT min(id) FROM users), 'rejected', $2, 1)";
            Ok(tx.execute(vote, &[deployment.into(), false.into()])?)
        });
        assert!(second.is_err());
    });
}

#[test]
fn migrations_are_applied_once_and_databases_of_newer_versions_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let config = crate::Config::sqlite(dir.path().join("test.db"));
    Store::open(&config).unwrap().close();
    let again = Store::open(&config).unwrap();
    again
        .housekeeping_blocking(|tx| Ok(tx.execute("INSERT INTO schema_migrations (name) VALUES ('9999_later')", &[])?))
        .unwrap();
    again.close();
    assert!(matches!(Store::open(&config).map(drop), Err(Error::Unavailable(why)) if why.contains("9999_later")));
}

/// A database as the first version left it, with a deployed job, and a job and a pipeline that were deleted since.
const FIRST_VERSION: &str = "
    INSERT INTO users (id, username, username_key, name, search_key, email, email_key, password_by_another, admin, bot,
      state, external, private_profile, can_create_group, projects_limit, created_at, updated_at)
      VALUES (1, 'a', 'a', 'A', 'a', 'a@b', 'a@b', 0, 1, 0, 'active', 0, 0, 1, 0, 0, 0);
    INSERT INTO namespaces (id, kind, name, path, full_path, full_path_key, search_key, description, visibility,
      allow_pipeline_trigger_approve_deployment, settings, created_at, updated_at)
      VALUES (1, 'group', 'g', 'g', 'g', 'g', 'g', '', 'private', 0, '{}', 0, 0);
    INSERT INTO projects (id, namespace_id, name, path, full_path, full_path_key, search_key, visibility, default_branch,
      allow_pipeline_trigger_approve_deployment, archived, topics, topics_key, shared_runners_enabled,
      group_runners_enabled, settings, build_timeout, pipelines_created, deployments_created, created_at, updated_at,
      last_activity_at)
      VALUES (1, 1, 'p', 'p', 'g/p', 'g/p', 'p', 'private', 'main', 0, 0, '[]', '', 1, 1, '{}', 3600, 0, 0, 0, 0, 0);
    INSERT INTO environments (id, project_id, name, slug, tier, state, auto_stop_setting, created_at, updated_at)
      VALUES (1, 1, 'e', 'e', 'other', 'available', 'always', 0, 0);
    INSERT INTO pipelines (id, iid, project_id, status, source, ref, tag, sha, before_sha, variables, created_at, updated_at)
      VALUES (3, 1, 1, 'manual', 'push', 'main', 0, 's', 's', '[]', 0, 0), (9, 2, 1, 'failed', 'push', 'main', 0, 's', 's', '[]', 0, 0);
    INSERT INTO jobs (id, project_id, pipeline_id, name, stage, stage_index, status, run_when, allow_failure, environment_id,
      tier_refused, tags, script, retried, played, gated, attempt, created_at, updated_at)
      VALUES (5, 1, 3, 'j', 'test', 0, 'manual', 'manual', 0, 1, 0, '[]', '{}', 0, 0, 0, 0, 0, 0),
             (8, 1, 9, 'k', 'test', 0, 'failed', 'always', 0, 1, 0, '[]', '{}', 0, 0, 0, 0, 0, 0);
    INSERT INTO deployments (id, iid, project_id, environment_id, job_id, ref, tag, sha, status, final, unapproved,
      tier_refused, created_at, updated_at)
      VALUES (7, 1, 1, 1, 5, 'main', 0, 's', 'blocked', 0, 0, 0, 0, 0);
    DELETE FROM pipelines WHERE id = 9;
";

#[test]
fn tables_that_are_made_anew_keep_their_rows_and_what_refers_to_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch("PRAGMA foreign_keys = ON; CREATE TABLE schema_migrations (name TEXT PRIMARY KEY)").unwrap();
    old.execute_batch(crate::migrate::MIGRATIONS[0].sqlite).unwrap();
    old.execute("INSERT INTO schema_migrations VALUES ('0001_initial')", []).unwrap();
    old.execute_batch(FIRST_VERSION).unwrap();
    drop(old);
    let store = Store::open(&crate::Config::sqlite(path)).unwrap();
    let kept: (Option<i64>, i64, String) = store
        .read_blocking(|tx| {
            let sql = "SELECT d.job_id, j.pipeline_id, j.options FROM deployments d JOIN jobs j ON j.id = d.job_id";
            tx.query_one(sql, &[], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        })
        .unwrap();
    assert_eq!(kept, (Some(5), 3, "{}".into()));
    let numbers: Vec<(String, i64)> = store
        .read_blocking(|tx| {
            let sql = "SELECT name, seq FROM sqlite_sequence WHERE name IN ('jobs', 'pipelines') ORDER BY name";
            tx.query(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .unwrap();
    assert_eq!(numbers, [("jobs".to_owned(), 8), ("pipelines".to_owned(), 9)], "numbers are not given out again");
    // A row that goes still takes along what belongs to it.
    store.housekeeping_blocking(|tx| Ok(tx.execute("DELETE FROM pipelines WHERE id = 3", &[])?)).unwrap();
    let left = |tx: &mut Tx<'_>| {
        tx.query_one("SELECT count(*) FROM deployments WHERE job_id IS NULL", &[], |row| row.get::<i64>(0))
    };
    assert_eq!(store.read_blocking(left).unwrap(), 1);
    store.close();
}
