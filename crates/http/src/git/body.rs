//! The body of a git request: decompressed, counted and timed.

use std::time::Duration;

use async_compression::tokio::bufread::GzipDecoder;
use axum::extract::Request;
use axum::http::header::CONTENT_ENCODING;
use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_util::io::StreamReader;

use super::Failure;

/// How much is read at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// What is left of a request's body.
pub(super) struct Input {
    reader: Box<dyn AsyncRead + Send + Unpin>,
    /// Read already and put back.
    returned: Option<Bytes>,
    limit: u64,
    left: u64,
    idle: Duration,
}

impl Input {
    /// The body of `request`, of at most `limit` bytes after decompression.
    pub(super) fn new(request: Request, limit: u64, idle: Duration) -> Result<Self, Failure> {
        let (head, body) = request.into_parts();
        let raw = StreamReader::new(body.into_data_stream().map_err(std::io::Error::other));
        let reader: Box<dyn AsyncRead + Send + Unpin> = match head.headers.get(CONTENT_ENCODING).map(|v| v.as_bytes()) {
            None | Some(b"identity") => Box::new(raw),
            Some(b"gzip" | b"x-gzip") => Box::new(GzipDecoder::new(raw)),
            Some(other) => return Err(Failure::Encoding(String::from_utf8_lossy(other).into_owned())),
        };
        Ok(Self { reader, returned: None, limit, left: limit, idle })
    }

    /// No body at all.
    pub(super) fn empty(idle: Duration) -> Self {
        Self { reader: Box::new(tokio::io::empty()), returned: None, limit: 0, left: 0, idle }
    }

    /// The next bytes; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        if let Some(bytes) = self.returned.take() {
            return Ok(Some(bytes));
        }
        let mut buffer = BytesMut::with_capacity(CHUNK);
        let read = tokio::time::timeout(self.idle, self.reader.read_buf(&mut buffer));
        let read = read.await.map_err(|_| Failure::Idle)?.map_err(|e| Failure::BrokenOff(e.to_string()))?;
        let count = u64::try_from(read).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(count).ok_or(Failure::TooLarge(self.limit))?;
        Ok((read > 0).then(|| buffer.freeze()))
    }

    /// Puts bytes back, to be the next ones read.
    pub(super) fn put_back(&mut self, bytes: Bytes) {
        self.returned = Some(bytes).filter(|bytes| !bytes.is_empty());
    }

    /// Reads to the end and forgets what was read.
    pub(super) async fn drain(&mut self) -> Result<(), Failure> {
        while self.next().await?.is_some() {}
        Ok(())
    }
}
