//! How long a connection may be silent: before the head of a request, within it, and while an answer is not read.

use hyper::rt::Timer;
use hyper_util::rt::TokioTimer;
use std::future::Future;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How many reads of a connection brought bytes.
type Arrivals = Arc<AtomicU64>;

/// A connection that breaks off when its client takes nothing of an answer for too long.
pub(super) struct Patient<S> {
    stream: S,
    arrivals: Arrivals,
    stall: Duration,
    /// Runs while a write waits for the client.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    /// Waits for at most `stall` until the client takes more of what is written.
    pub(super) fn new(stream: S, stall: Duration) -> Patient<S> {
        Patient { stream, arrivals: Arrivals::default(), stall, stalled: None }
    }

    /// The timer by which hyper waits for the heads of this connection's requests. What hyper takes for the limit of a
    /// head is how long a connection may rest between two requests; `head` counts once a byte of a head is there, and
    /// from the start of the connection.
    pub(super) fn timer(&self, head: Duration) -> HeadTimer {
        HeadTimer { arrivals: Arc::clone(&self.arrivals), head, alarm: Arc::new(Mutex::new(Box::pin(sleep(head)))) }
    }

    /// Passes on what a write came to, unless the client has let it wait for too long.
    fn progress<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stall = self.stall;
        ready!(self.stalled.get_or_insert_with(|| Box::pin(sleep(stall))).as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "the client took nothing of the answer for too long")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.arrivals.fetch_add(1, Ordering::Relaxed);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.progress(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.progress(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// See [`Patient::timer`].
pub(super) struct HeadTimer {
    arrivals: Arrivals,
    head: Duration,
    alarm: Alarm,
}

/// What wakes a connection when it has been silent for too long: one for all its requests, as each begins a wait that
/// hardly ever comes to its end.
type Alarm = Arc<Mutex<Pin<Box<Sleep>>>>;

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
        TokioTimer::new().sleep(duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
        let before = self.arrivals.load(Ordering::Relaxed);
        let first = before == 0;
        let deadline = if first { moment() + self.head } else { deadline };
        let (arrivals, alarm) = (Arc::clone(&self.arrivals), Arc::clone(&self.alarm));
        Box::pin(HeadSleep { alarm, deadline, arrivals, before, head: self.head, begun: first })
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a client may be silent is no decision of a use case")]
fn moment() -> Instant {
    Instant::now()
}

/// Ends when the client has been silent between two requests, or busy with the head of one, for too long.
struct HeadSleep {
    alarm: Alarm,
    deadline: Instant,
    arrivals: Arrivals,
    /// How many reads had brought bytes when the wait began.
    before: u64,
    head: Duration,
    begun: bool,
}

impl Future for HeadSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.begun && self.arrivals.load(Ordering::Relaxed) != self.before {
            self.begun = true;
            self.deadline = moment() + self.head;
        }
        let mut alarm = self.alarm.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is set for an earlier wait may ring before its time, but never after it.
        if alarm.deadline() > self.deadline.into() {
            alarm.as_mut().reset(self.deadline.into());
        }
        loop {
            ready!(alarm.as_mut().poll(cx));
            if moment() >= self.deadline {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(self.deadline.into());
        }
    }
}

impl hyper::rt::Sleep for HeadSleep {}
