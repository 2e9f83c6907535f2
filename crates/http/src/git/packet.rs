//! Git's packet lines, and the protocol version a client asks for.

use axum::http::HeaderMap;

/// The packet that ends a section.
pub(super) const FLUSH: &[u8] = b"0000";

/// The most a packet may carry, in bytes.
const LARGEST: usize = 65_516;

/// What lies at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    /// A line, and the length of the packet it came in.
    Line(&'a [u8], usize),
    /// The end of a section: always four bytes.
    Flush,
    /// More bytes are needed.
    Incomplete,
    /// Not a packet.
    Malformed,
}

/// Reads the first packet of `bytes`.
pub(super) fn first(bytes: &[u8]) -> Packet<'_> {
    let Some(head) = bytes.get(..4) else { return Packet::Incomplete };
    let digits = Some(head).filter(|head| head.iter().all(u8::is_ascii_hexdigit));
    let length =
        digits.and_then(|head| std::str::from_utf8(head).ok()).and_then(|hex| usize::from_str_radix(hex, 16).ok());
    match length {
        Some(0) => Packet::Flush,
        Some(length @ 4..=65_520) => bytes.get(4..length).map_or(Packet::Incomplete, |line| Packet::Line(line, length)),
        _ => Packet::Malformed,
    }
}

/// One packet with this line; what does not fit is cut off.
pub(super) fn line(text: &[u8]) -> Vec<u8> {
    let text = text.get(..LARGEST).unwrap_or(text);
    [format!("{:04x}", text.len() + 4).as_bytes(), text].concat()
}

/// What an advertisement begins with in versions 0 and 1.
pub(super) fn announcement(service: &str) -> Vec<u8> {
    [line(format!("# service={service}\n").as_bytes()).as_slice(), FLUSH].concat()
}

/// The `Git-Protocol` header, if it is one git could have sent: it becomes an environment variable.
pub(super) fn protocol(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("git-protocol")?.to_str().ok()?;
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'=' | b':' | b'-');
    (value.len() <= 64 && value.bytes().all(plain)).then_some(value)
}

/// True when version 2 is asked for.
pub(super) fn is_version_2(protocol: Option<&str>) -> bool {
    protocol.is_some_and(|value| value.split(':').any(|part| part == "version=2"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn packets_are_read_and_written() {
        assert_eq!(first(&line(b"hi\n")), Packet::Line(b"hi\n", 7));
        assert_eq!(first(b"0000rest"), Packet::Flush);
        assert_eq!(first(b"0004"), Packet::Line(b"", 4));
        for cut in [&b""[..], b"000", b"0007hi"] {
            assert_eq!(first(cut), Packet::Incomplete);
        }
        for bad in [&b"0001"[..], b"0003", b"+007hi\n", b"zzzz", b"ffff", b"\xff\xff\xff\xff"] {
            assert_eq!(first(bad), Packet::Malformed);
        }
        assert_eq!(announcement("git-upload-pack"), b"001e# service=git-upload-pack\n0000");
    }

    #[test]
    fn only_plain_protocols_reach_the_environment() {
        let given = |value: &str| {
            let headers = HeaderMap::from_iter([("git-protocol".parse().unwrap(), value.parse().unwrap())]);
            protocol(&headers).map(str::to_owned)
        };
        assert_eq!(given("version=2"), Some("version=2".to_owned()));
        assert_eq!(given("version=2;x"), None);
        assert_eq!(given(&"v".repeat(65)), None);
        assert!(is_version_2(Some("a=b:version=2")) && !is_version_2(Some("version=20")) && !is_version_2(None));
    }
}
