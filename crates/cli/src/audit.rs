//! `countersign audit verify`: proves that the audit trail is whole.

use crate::args::{Expected, VerifyArguments};
use crate::{output, settings};
use anyhow::bail;
use countersign_domain::token::hex;
use countersign_store::audit::Report;
use countersign_store::{Error, Store, Tx};
use std::fmt::Write as _;
use std::process::ExitCode;

/// Verifies the chain of audit records and prints what was found.
///
/// # Errors
/// The database cannot be opened or read. A broken chain, or one that is not the expected one, is no error but the exit status 1.
pub(crate) async fn verify(arguments: VerifyArguments) -> anyhow::Result<ExitCode> {
    let database = settings::of_database(arguments.database)?;
    if database.url.is_none() && !database.file().is_file() {
        bail!("there is no database in {}; name its directory with --data-dir", database.data_dir.display());
    }
    let config = database.store_config();
    let store = tokio::task::spawn_blocking(move || Store::open(&config)).await??;
    let at = arguments.expect.as_ref().map(|expected| expected.seq);
    let job = move |tx: &mut Tx<'_>| {
        let report = countersign_store::audit::verify(tx)?;
        let found = at.map(|seq| countersign_store::audit::hash_at(tx, seq)).transpose()?.flatten();
        Ok((report, found))
    };
    let report = store.scan::<_, Error>(job).await;
    tokio::task::spawn_blocking(move || store.close()).await?;
    let (report, found) = report?;
    output::line(text(&report));
    let differs = arguments.expect.and_then(|expected| difference(&expected, found.as_deref()));
    if let Some(differs) = &differs {
        output::line(differs);
    }
    Ok(if report.problem.is_none() && differs.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads `SEQ:HASH`.
///
/// # Errors
/// The text is not of that form.
pub(crate) fn expected(text: &str) -> Result<Expected, String> {
    let wrong = || "it should be a position and 64 hex digits, SEQ:HASH, as `audit verify` prints them".to_owned();
    let (seq, hash) = text.trim().split_once(':').ok_or_else(wrong)?;
    let seq = seq.parse().ok().filter(|seq| *seq > 0).ok_or_else(wrong)?;
    if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    Ok(Expected { seq, hash: hash.to_ascii_lowercase() })
}

/// How what was found at the expected position differs from what is expected; `None` if it does not.
fn difference(expected: &Expected, found: Option<&[u8]>) -> Option<String> {
    let Expected { seq, hash } = expected;
    match found.map(hex) {
        Some(found) if found == *hash => None,
        Some(found) => {
            Some(format!("The audit trail is NOT the expected one: position {seq} has {found}, not {hash}."))
        }
        None => Some(format!("The audit trail is NOT the expected one: it has no record at position {seq}.")),
    }
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
        let _ = write!(text, "\nIts end, to be kept elsewhere for --expect:\n{}:{}", report.head.seq, hex(hash));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{difference, expected, text};
    use countersign_store::audit::{Head, Problem, Report};

    #[test]
    fn an_expected_place_is_read_and_compared() {
        let digits = "AB".repeat(32);
        for wrong in ["", "1", "0:ab", "1:ab", &digits, &format!("0:{digits}"), &format!("1:{}", "xy".repeat(32))] {
            assert!(expected(wrong).is_err(), "{wrong}");
        }
        let place = expected(&format!("7:{digits}"));
        let differs = |found| place.as_ref().map(|place| difference(place, found).is_some());
        assert_eq!(differs(Some(&[0xab; 32])), Ok(false));
        assert_eq!(differs(Some(&[0xac; 32])), Ok(true));
        assert_eq!(differs(None), Ok(true));
    }

    #[test]
    fn a_report_says_whether_and_where_it_broke() {
        let head = Head { seq: 2, hash: Some(vec![0xab, 0x01]) };
        let mut report = Report { sealed: 2, unsealed_tail: 0, head, problem: None };
        assert!(text(&report).contains("whole: 2 records") && text(&report).ends_with("\n2:ab01"));
        report.problem = Some(Problem { seq: 3, what: "record 7 was changed after it was written".into() });
        assert!(text(&report).contains("BROKEN at position 3: record 7"));
    }
}
