//! `countersign audit verify`: proves that the audit trail is whole.

use crate::args::DatabaseArguments;
use crate::{output, settings};
use anyhow::bail;
use countersign_store::audit::Report;
use countersign_store::{Error, Store};
use std::fmt::Write as _;
use std::process::ExitCode;

/// Verifies the chain of audit records and prints what was found.
///
/// # Errors
/// The database cannot be opened or read. A broken chain is no error but the exit status 1.
pub(crate) async fn verify(arguments: DatabaseArguments) -> anyhow::Result<ExitCode> {
    let database = settings::of_database(arguments)?;
    if database.url.is_none() && !database.file().is_file() {
        bail!("there is no database in {}; name its directory with --data-dir", database.data_dir.display());
    }
    let config = database.store_config();
    let store = tokio::task::spawn_blocking(move || Store::open(&config)).await??;
    let report = store.scan::<_, Error>(countersign_store::audit::verify).await;
    tokio::task::spawn_blocking(move || store.close()).await?;
    let report = report?;
    output::line(text(&report));
    Ok(if report.problem.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What a report says.
pub(crate) fn text(report: &Report) -> String {
    let mut text = match &report.problem {
        None => format!("The audit trail is whole: {} records, none changed, dropped or moved.", report.sealed),
        Some(problem) => format!(
            "The audit trail is BROKEN at position {}: {}. The {} records before it are in order.",
            problem.seq, problem.what, report.sealed
        ),
    };
    if report.unsealed_tail > 0 {
        let _ = write!(text, "\n{} records are not sealed yet; nothing is proven about those.", report.unsealed_tail);
    }
    if let Some(hash) = &report.head.hash {
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let _ = write!(text, "\nThe chain ends at position {} with {hash}.", report.head.seq);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::text;
    use countersign_store::audit::{Head, Problem, Report};

    #[test]
    fn a_report_says_whether_and_where_it_broke() {
        let head = Head { seq: 2, hash: Some(vec![0xab, 0x01]) };
        let mut report = Report { sealed: 2, unsealed_tail: 0, head, problem: None };
        assert!(text(&report).contains("whole: 2 records") && text(&report).ends_with("with ab01."));
        report.problem = Some(Problem { seq: 3, what: "record 7 was changed after it was written".into() });
        assert!(text(&report).contains("BROKEN at position 3: record 7"));
    }
}
