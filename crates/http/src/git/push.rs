//! The ref updates at the head of a push: read, judged, and refused in git's own words.

use std::collections::HashMap;

use bytes::{Bytes, BytesMut};
use countersign_app::git::{RefUpdate, is_sha, ref_name_refusal};
use countersign_app::git_access::PushVerdict;

use super::Failure;
use super::body::Input;
use super::packet::{self, Packet};
use super::watch::Check;

/// What a push wants.
#[derive(Debug, Default)]
pub(super) struct Commands {
    /// The updates, in the client's order.
    pub(super) updates: Vec<RefUpdate>,
    capabilities: String,
}

/// Reads the ref updates and leaves `input` as it was before. At most `limit` bytes are held for it.
pub(super) async fn read_commands(input: &mut Input, limit: u64) -> Result<Commands, Failure> {
    let mut held = BytesMut::new();
    let mut commands = Commands::default();
    let mut at = 0;
    loop {
        match packet::first(held.get(at..).unwrap_or_default()) {
            Packet::Flush => {
                input.put_back(held.freeze());
                return Ok(commands);
            }
            Packet::Line(line, length) => {
                commands.add(line)?;
                at += length;
            }
            Packet::Malformed => return Err(malformed("a packet has an impossible length")),
            Packet::Incomplete => {
                let more: Option<Bytes> = input.next().await?;
                held.extend_from_slice(&more.ok_or_else(|| malformed("the ref updates are cut short"))?);
            }
        }
        if u64::try_from(at).unwrap_or(u64::MAX) > limit {
            return Err(Failure::TooLarge(limit));
        }
    }
}

impl Commands {
    fn add(&mut self, line: &[u8]) -> Result<(), Failure> {
        let text = std::str::from_utf8(line).map_err(|_| malformed("ref names must be UTF-8"))?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        if text.starts_with("shallow ") {
            return Ok(());
        }
        let (command, capabilities) = text.split_once('\0').unwrap_or((text, ""));
        if self.updates.is_empty() {
            self.capabilities = capabilities.to_owned();
        }
        let mut words = command.splitn(3, ' ');
        match (words.next(), words.next(), words.next()) {
            (Some(old), Some(new), Some(name)) if is_sha(old) && is_sha(new) => {
                self.updates.push(RefUpdate { old: old.to_owned(), new: new.to_owned(), name: name.to_owned() });
                Ok(())
            }
            _ => Err(malformed("a ref update is not 'old new ref'")),
        }
    }

    fn has(&self, capability: &str) -> bool {
        self.capabilities.split(' ').any(|word| word == capability)
    }
}

/// Applies the rules that hold everywhere, for names and for how many updates there may be, then asks `check`.
pub(super) async fn judge(commands: &Commands, most: usize, check: Check) -> Result<PushVerdict, Failure> {
    if commands.updates.len() > most {
        let why = format!("A push may move at most {most} refs at once; push fewer at a time.");
        let all = commands.updates.iter().map(|update| (update.name.clone(), why.clone()));
        return Ok(PushVerdict::Refused(all.collect()));
    }
    let kept = commands.updates.iter().filter(|update| !update.is_deletion());
    let named = kept.filter_map(|update| Some((update.name.clone(), ref_name_refusal(&update.name)?.to_owned())));
    let reasons: Vec<_> = named.collect();
    if !reasons.is_empty() {
        return Ok(PushVerdict::Refused(reasons));
    }
    ask(commands, check).await
}

/// Asks `check`, on a thread that may block.
pub(super) async fn ask(commands: &Commands, check: Check) -> Result<PushVerdict, Failure> {
    let updates = commands.updates.clone();
    tokio::task::spawn_blocking(move || check(&updates)).await.map_err(|error| {
        tracing::error!(%error, "the check of a push failed");
        Failure::Unchecked
    })
}

/// The report that refuses every update: those with a reason for it, the others because of them.
pub(super) fn refusal(commands: &Commands, reasons: &[(String, String)]) -> Vec<u8> {
    if !commands.has("report-status") && !commands.has("report-status-v2") {
        return Vec::new();
    }
    let mut report = packet::line(b"unpack ok\n");
    let reasons: HashMap<&str, &str> = reasons.iter().map(|(name, why)| (name.as_str(), why.as_str())).collect();
    for update in &commands.updates {
        let reason = reasons.get(update.name.as_str()).copied();
        let reason = reason.unwrap_or("refused together with another ref of this push");
        let reason = reason.replace(['\n', '\r', '\0'], " ");
        report.extend(packet::line(format!("ng {} {reason}\n", update.name).as_bytes()));
    }
    report.extend_from_slice(packet::FLUSH);
    if !commands.has("side-band-64k") {
        return report;
    }
    // Band 1 carries the report; one packet holds 65515 bytes of it.
    let banded = report.chunks(65_515).flat_map(|part| packet::line(&[b"\x01", part].concat()));
    banded.chain(packet::FLUSH.iter().copied()).collect()
}

fn malformed(what: &str) -> Failure {
    Failure::Malformed(what.to_owned())
}
