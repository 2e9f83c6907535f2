//! What the audit trail must say of each request (semantics, section 8).

use crate::cast::Actor;
use crate::operations::Row;
use crate::table::Cell;

/// Operations whose success needs no record by whoever asks, and why.
const EXEMPT: &[(&str, &str)] = &[
    (
        "POST /projects/{id}/environments/stop_stale",
        "nothing in a test is a week old, so nothing is stopped; the tests of `app` stop something",
    ),
    ("POST /projects/{id}/ci/lint", "it only reads what it is sent, and nothing is kept"),
    ("POST /projects/{id}/trigger/pipeline", BY_OWNER),
    ("POST /projects/{id}/ref/{ref}/trigger/pipeline", BY_OWNER),
];

/// Why whoever sends a trigger token is not named.
const BY_OWNER: &str = "the pipeline is recorded as created by the owner of the trigger token, whoever sends it";

/// Rows that nobody succeeds with, and what whoever may is answered.
const OTHERWISE: &[(&str, u16)] = &[
    ("POST /groups/{id}/access_tokens/self/rotate", 404),
    ("POST /projects/{id}/access_tokens/self/rotate", 404),
    ("POST /projects/{id}/jobs/{job_id}/play (production, blocked)", 400),
    ("POST /users/{id}/approve", 409),
    ("POST /users/{id}/reject", 409),
];

/// Refusals of an attempt on a protected environment that are not recorded: the token is refused before anybody looks
/// at what it asks for.
const REFUSED_BEFORE: [&str; 4] = ["anon", "runner", "read", "blockd"];

/// What the trail lacks, or says wrongly, of the answers to a row.
pub(crate) fn faults(row: &Row, actors: &[Actor], cells: &[Cell]) -> Vec<String> {
    let exempt = EXEMPT.iter().any(|(operation, _)| *operation == row.operation);
    let otherwise = OTHERWISE.iter().find(|(name, _)| *name == row.to_string()).map(|(_, status)| *status);
    let mut faults = Vec::new();
    for (actor, cell) in actors.iter().zip(cells) {
        let mut fault = |what: &str| faults.push(format!("{row}, {}: {} {what}", actor.name, cell.status));
        let theirs = |code: Option<&str>| {
            let of = |record: &&countersign_tests::audit::Record| {
                (record.user, record.token) == (actor.user, cell.token) && code.is_none_or(|code| record.code == code)
            };
            cell.records.iter().filter(of).count()
        };
        let refused = theirs(Some("protected_environment.refused"));
        if row.reads() && !cell.records.is_empty() {
            fault("and left a record");
        } else if !row.reads() && cell.succeeded() && !exempt && theirs(None) == 0 {
            fault("and no record of it by them, with their token");
        } else if !cell.succeeded() && cell.records.len() > refused {
            fault("and left another record than that of a refusal");
        } else if cell.status == 403 && concerns_protected(row) && refused != 1 && !REFUSED_BEFORE.contains(&actor.name)
        {
            fault("and the attempt is not recorded");
        }
        let fine = cell.succeeded() || [401, 403, 404].contains(&cell.status) || Some(cell.status) == otherwise;
        if !fine {
            fault("is no answer about permission");
        }
    }
    if otherwise.is_none() && !cells.iter().any(Cell::succeeded) {
        faults.push(format!("{row}: nobody may, so the request is wrong"));
    }
    faults
}

/// Whether somebody attempts something on a protected environment.
fn concerns_protected(row: &Row) -> bool {
    !row.reads() && (row.variant.starts_with("production") || row.path().ends_with("/approval"))
}
