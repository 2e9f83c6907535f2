//! A web server that does to a client what no good one would.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A web server that answers every request as it was told, for as long as the test runs.
#[derive(Debug)]
pub struct Impostor {
    /// Where it listens.
    pub port: u16,
    asked: Arc<AtomicUsize>,
}

impl Impostor {
    /// Starts one whose answers `answer` makes of the request line and the `Authorization` header; `None` is silence.
    ///
    /// # Panics
    /// There is no port.
    pub fn start(answer: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static) -> Impostor {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (asked, answer) = (Arc::new(AtomicUsize::new(0)), Arc::new(answer));
        let counter = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                counter.fetch_add(1, Ordering::SeqCst);
                silent.extend(serve(stream, &*answer));
            }
        });
        Impostor { port, asked }
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A whole answer of HTTP.
pub fn reply(status: &str, headers: &str, body: &str) -> Option<String> {
    let length = body.len();
    Some(format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"))
}

/// Answers one request; gives the connection back where the answer is silence.
fn serve(mut stream: TcpStream, answer: &dyn Fn(&str, &str) -> Option<String>) -> Option<TcpStream> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines().map_while(Result::ok);
    let first = lines.next()?;
    let headers: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    let login = headers.iter().find_map(|line| line.strip_prefix("Authorization: ")).unwrap_or_default();
    match answer(&first, login) {
        None => Some(stream),
        Some(text) => {
            // A client that has gone needs no answer.
            let _ = stream.write_all(text.as_bytes());
            None
        }
    }
}
