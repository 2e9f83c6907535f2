//! A small HTTP server for tests: it answers each request as the test says.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server that answers a request for a path, query included, with a status and a body; with `None` it hangs up. Each
/// answer says that one may come again at once. Returns its address, without a trailing slash.
pub(crate) async fn serve(mut answer: impl FnMut(&str) -> Option<(u16, Vec<u8>)> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let path = request(&mut stream).await;
            let Some((status, body)) = answer(&path) else { continue };
            let head = format!(
                "HTTP/1.1 {status} X\r\nConnection: close\r\nRetry-After: 0\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            // A client that went away has its reasons.
            let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
        }
    });
    format!("http://{address}")
}

/// Reads a whole request and returns its path.
async fn request(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            let length = text.to_lowercase();
            let length = length.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
            if text.len() >= end + 4 + length.map_or(0, |length| length.parse::<usize>().unwrap()) {
                return text.split(' ').nth(1).unwrap_or_default().to_owned();
            }
        }
        if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
            return String::new();
        }
    }
}
