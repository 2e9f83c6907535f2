//! The listener: accepts connections and serves HTTP/1.1 on each, within limits on their number and on idle time.

mod patience;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use patience::Patient;
use std::convert::Infallible;
use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tower::{Service, ServiceExt};

/// How long to wait before accepting again after the system could not, as when it has no file descriptors left.
const ACCEPT_AGAIN: Duration = Duration::from_secs(1);

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How many may be open at once; more wait in the system's accept queue.
    pub(crate) connections: usize,
    /// How long the header of a request may take, counted from the connection's start or from its first byte.
    pub(crate) header: Duration,
    /// How long a connection may rest after an answer until the next request begins.
    pub(crate) idle: Duration,
    /// How long a client may take nothing of an answer.
    pub(crate) stall: Duration,
}

impl Limits {
    /// The limits of the server.
    pub(crate) const USUAL: Limits = Limits {
        connections: 16_384,
        header: Duration::from_secs(15),
        idle: Duration::from_secs(75),
        stall: Duration::from_secs(60),
    };
}

/// Serves connections until `shutdown` is ready, then finishes the requests at hand. Dropped before that, it drops all
/// connections.
pub(crate) async fn run<S>(listener: TcpListener, service: S, limits: Limits, shutdown: impl Future<Output = ()>)
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let room = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (permit, stream, address) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &room) => match accepted {
                Some(accepted) => accepted,
                None => break,
            },
        };
        // Ended connections must not pile up here.
        while connections.try_join_next().is_some() {}
        let of_connection = service.clone().map_request(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(address));
            request
        });
        let stream = Patient::new(stream, limits.stall);
        let mut http = http1::Builder::new();
        http.timer(stream.timer(limits.header)).header_read_timeout(limits.idle);
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(of_connection));
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %address, "a connection broke off");
            }
            drop(permit);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The next connection, once there is room for it; `None` never comes while the semaphore is open.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                // Answers are small and written whole: waiting for more would only delay them.
                let _ = stream.set_nodelay(true);
                return Some((permit, stream, address));
            }
            Err(error) if is_of_the_client(error.kind()) => {}
            Err(error) => {
                tracing::error!(%error, "connections cannot be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

/// Whether accepting failed because the client went away again.
fn is_of_the_client(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

#[cfg(test)]
mod tests;
