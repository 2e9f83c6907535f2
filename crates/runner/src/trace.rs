//! The log of one job: masked, limited, and kept until the server has all of it.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::crc32::crc32;
use crate::mask::Masker;

/// The most a log may hold in bytes, without the notice that ends a longer one.
const LIMIT: usize = 4 * 1024 * 1024;

/// The log of one job, written by the job and read by what sends it.
pub(crate) struct Trace(Mutex<Inner>);

struct Inner {
    masker: Masker,
    log: Vec<u8>,
    limit: usize,
    full: bool,
}

impl Trace {
    /// An empty log that hides what `masker` knows.
    pub(crate) fn new(masker: Masker) -> Self {
        Self::with_limit(masker, LIMIT)
    }

    fn with_limit(masker: Masker, limit: usize) -> Self {
        Self(Mutex::new(Inner { masker, log: Vec::new(), limit, full: false }))
    }

    /// A panic elsewhere leaves the log usable, so a poisoned lock is taken all the same.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hides one more value from here on.
    pub(crate) fn hide(&self, value: &str) {
        self.inner().masker.add(value);
    }

    /// Appends output of the job.
    pub(crate) fn write(&self, bytes: &[u8]) {
        self.inner().write(bytes);
    }

    /// Appends a line of the runner's own.
    pub(crate) fn line(&self, text: impl fmt::Display) {
        self.write(format!("{text}\n").as_bytes());
    }

    /// Releases what was held back as the possible beginning of a secret; called once the job has ended.
    pub(crate) fn finish(&self) {
        self.inner().finish();
    }

    /// The log's length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.inner().log.len()
    }

    /// At most `most` bytes from `from` on; empty if there are none.
    pub(crate) fn chunk(&self, from: usize, most: usize) -> Vec<u8> {
        let inner = self.inner();
        inner.log.get(from..).map(|rest| rest[..rest.len().min(most)].to_vec()).unwrap_or_default()
    }

    /// The log's CRC-32 and length in bytes.
    pub(crate) fn checksum(&self) -> (u32, usize) {
        let inner = self.inner();
        (crc32(&inner.log), inner.log.len())
    }
}

impl Inner {
    fn write(&mut self, bytes: &[u8]) {
        if self.full {
            return;
        }
        let mut masked = Vec::with_capacity(bytes.len());
        self.masker.push(bytes, &mut masked);
        self.keep(&masked);
    }

    fn finish(&mut self) {
        if !self.full {
            let mut masked = Vec::new();
            self.masker.finish(&mut masked);
            self.keep(&masked);
        }
    }

    fn keep(&mut self, masked: &[u8]) {
        let room = self.limit.saturating_sub(self.log.len());
        self.log.extend_from_slice(&masked[..masked.len().min(room)]);
        if masked.len() > room {
            self.full = true;
            let notice = format!(
                "\n\x1b[33;1mThe log is longer than {} bytes. The job goes on, but its output is no longer kept.\x1b[0;m\n",
                self.limit
            );
            self.log.extend_from_slice(notice.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Masker, Trace};

    #[test]
    fn a_log_is_masked_and_summed() {
        let trace = Trace::new(Masker::new(["hush-hush"], &[]));
        trace.line("say hush-hush");
        trace.hide("later-on");
        trace.write(b"later-on");
        trace.finish();
        assert_eq!(trace.chunk(0, 100), b"say [MASKED]\n[MASKED]");
        assert_eq!(trace.chunk(13, 4), b"[MAS");
        assert!(trace.chunk(99, 4).is_empty());
        assert_eq!(trace.checksum(), (super::crc32(b"say [MASKED]\n[MASKED]"), 21));
    }

    #[test]
    fn a_long_log_ends_with_one_notice() {
        let trace = Trace::with_limit(Masker::new([], &[]), 10);
        trace.write(b"0123456");
        trace.write(b"789ABC");
        trace.write(b"more");
        trace.finish();
        let log = String::from_utf8_lossy(&trace.chunk(0, 1000)).into_owned();
        assert!(log.starts_with("0123456789\n"), "{log}");
        assert_eq!(log.matches("no longer kept").count(), 1);
        assert!(!log.contains("ABC") && log.len() == trace.len());
    }
}
