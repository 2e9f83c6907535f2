//! From where a project is fetched. There is one way to write an address, so that git, curl and ssh read it as we do.

use crate::outgoing::Host;
use crate::refusal::{Refusal, Result};
use percent_encoding::percent_decode_str;
use std::fmt;

/// The most characters of an address.
pub const MOST_CHARACTERS: usize = 2000;

/// By what a repository is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP over TLS.
    Https,
    /// HTTP in the clear.
    Http,
    /// SSH, with the project's deploy key.
    Ssh,
    /// The server's own disk.
    File,
}

impl Scheme {
    /// All of them.
    pub const ALL: [Scheme; 4] = [Scheme::Https, Scheme::Http, Scheme::Ssh, Scheme::File];

    /// As it stands in a URL, and as git names the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Https => "https",
            Scheme::Http => "http",
            Scheme::Ssh => "ssh",
            Scheme::File => "file",
        }
    }

    /// The port that is meant where none is given; none on the server's own disk.
    fn port(self) -> Option<u16> {
        match self {
            Scheme::Https => Some(443),
            Scheme::Http => Some(80),
            Scheme::Ssh => Some(22),
            Scheme::File => None,
        }
    }
}

/// From where a project is fetched, without any secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    scheme: Scheme,
    user: Option<String>,
    host: Option<Host>,
    port: Option<u16>,
    path: String,
}

/// What the other side asks for over HTTP.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name; of some hosts, the token itself.
    pub username: String,
    /// The password or token; empty if the name is all there is.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Credentials {
    /// Takes the secrets out of a text that came from outside, should it repeat them.
    pub fn mask(&self, text: &str) -> String {
        let secrets = [&self.password, &self.username].into_iter().filter(|secret| secret.len() >= 4);
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "[MASKED]"))
    }
}

impl Address {
    /// Reads an address, and takes the credentials out of it.
    ///
    /// # Errors
    /// It cannot be used; what is right is said, and no secret repeated.
    pub fn parse(text: &str) -> Result<(Address, Option<Credentials>)> {
        if text.len() > MOST_CHARACTERS {
            return Err(wrong(&format!("is too long (at most {MOST_CHARACTERS} characters)")));
        }
        let schemes = Scheme::ALL.into_iter();
        let split = text.split_once("://");
        let scheme = split.and_then(|(name, _)| schemes.into_iter().find(|s| name.eq_ignore_ascii_case(s.as_str())));
        let (Some(scheme), Some((_, rest))) = (scheme, split) else {
            return Err(wrong(if split.is_none() && text.contains('@') && text.contains(':') {
                "must be a URL: ssh://git@host/path in place of git@host:path"
            } else {
                "must begin with https:// or ssh://"
            }));
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        check_path(path)?;
        let (info, place) = match authority.rsplit_once('@') {
            Some((info, place)) => (Some(info), place),
            None => (None, authority),
        };
        let (host, port) = if scheme == Scheme::File { (local(authority)?, None) } else { remote(scheme, place)? };
        let (user, credentials) = who(scheme, info)?;
        Ok((Address { scheme, user, host, port, path: path.to_owned() }, credentials))
    }

    /// By what it is reached.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The machine it is on; none for the server's own disk.
    pub fn host(&self) -> Option<&Host> {
        self.host.as_ref()
    }

    /// The port it is reached at; none for the server's own disk.
    pub fn port(&self) -> Option<u16> {
        self.port.or_else(|| self.scheme.port())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme.as_str())?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        if let Some(host) = &self.host {
            host.fmt(f)?;
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.path)
    }
}

/// Says what is wrong with an address.
pub(super) fn wrong(why: &str) -> Refusal {
    Refusal::Field("import_url".into(), why.into())
}

fn local(authority: &str) -> Result<Option<Host>> {
    if authority.is_empty() { Ok(None) } else { Err(wrong("must name no host: file:///path/to/repository.git")) }
}

fn remote(scheme: Scheme, place: &str) -> Result<(Option<Host>, Option<u16>)> {
    // An IPv6 address has colons of its own, and ends in a bracket.
    let (host, port) = match place.rsplit_once(':').filter(|_| !place.ends_with(']')) {
        Some((host, port)) => (host, Some(port)),
        None => (place, None),
    };
    let host = Host::parse(host).ok_or_else(|| {
        wrong("must name a host: a name in ASCII letters, or an address as 192.0.2.1 or [2001:db8::1]")
    })?;
    let digits = |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && !port.starts_with('0');
    let port = port.map(|port| port.parse::<u16>().ok().filter(|_| digits(port)).ok_or(port));
    match port.transpose() {
        Ok(port) => Ok((Some(host), port.filter(|port| Some(*port) != scheme.port()))),
        Err(_) => Err(wrong("has a port that is none: a number from 1 to 65535")),
    }
}

/// What stands before the `@`: over SSH who signs in, which is no secret; over HTTP the credentials.
fn who(scheme: Scheme, info: Option<&str>) -> Result<(Option<String>, Option<Credentials>)> {
    match (scheme, info) {
        (Scheme::Ssh, info) => {
            let named = |user: &str| {
                let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
                (1..=64).contains(&user.len()) && user.bytes().all(fine) && !user.starts_with('-')
            };
            let user = info.filter(|user| named(user)).ok_or_else(|| {
                wrong("must say who signs in, and no password: ssh://git@host/path; the server signs in with a key")
            })?;
            Ok((Some(user.to_owned()), None))
        }
        (_, None | Some("")) => Ok((None, None)),
        (_, Some(info)) => {
            let (username, password) = info.split_once(':').unwrap_or((info, ""));
            let credentials = Credentials { username: decoded(username)?, password: decoded(password)? };
            Ok((None, Some(credentials)))
        }
    }
}

fn decoded(text: &str) -> Result<String> {
    let unreadable = || wrong("has credentials that are no text; encode what is special in them with %");
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:%".contains(&b));
    let decoded = percent_decode_str(text).decode_utf8().ok().filter(|_| plain(text)).ok_or_else(unreadable)?;
    if decoded.chars().any(char::is_control) { Err(unreadable()) } else { Ok(decoded.into_owned()) }
}

/// What may stand in a path: what needs no encoding, and encoded what does.
fn check_path(path: &str) -> Result<()> {
    if path.len() < 2 {
        return Err(wrong("must name a repository: https://host/path"));
    }
    if path.contains(['?', '#']) {
        return Err(wrong("must end with the path: without ? and #"));
    }
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&b);
    let bytes = percent_decode_str(path).collect::<Vec<u8>>();
    let hex = |at: usize| path.as_bytes().get(at + 1..at + 3).is_some_and(|h| h.iter().all(u8::is_ascii_hexdigit));
    let encoded = path.bytes().enumerate().all(|(at, b)| b != b'%' || hex(at));
    let dots = path.split('/').any(|part| part == "." || part == "..");
    match path.bytes().all(fine) && encoded && !dots && !bytes.iter().any(u8::is_ascii_control) {
        true => Ok(()),
        false => Err(wrong("has a path that cannot be used: without . and .., spaces and the like encoded with %")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn addresses_are_read_and_written_without_secrets() {
        for (text, written, host, port) in [
            ("https://github.com/a/b.git", "https://github.com/a/b.git", Some("github.com"), Some(443)),
            ("HTTPS://GitHub.com:443/a", "https://github.com/a", Some("github.com"), Some(443)),
            ("https://ann:s%40cret@a.example:8443/b", "https://a.example:8443/b", Some("a.example"), Some(8443)),
            ("https://[2606:50c0::153]/b", "https://[2606:50c0::153]/b", Some("[2606:50c0::153]"), Some(443)),
            ("http://git.internal/b", "http://git.internal/b", Some("git.internal"), Some(80)),
            ("ssh://git@github.com/a/b.git", "ssh://git@github.com/a/b.git", Some("github.com"), Some(22)),
            ("ssh://git@a.example:2222/~ann/b", "ssh://git@a.example:2222/~ann/b", Some("a.example"), Some(2222)),
            ("file:///srv/git/a%20b.git", "file:///srv/git/a%20b.git", None, None),
        ] {
            let (address, _) = Address::parse(text).unwrap();
            assert_eq!(address.to_string(), written);
            assert_eq!(address.host().map(ToString::to_string).as_deref(), host);
            assert_eq!(address.port(), port);
            assert_eq!(Address::parse(written).unwrap(), (address, None));
        }
        let (_, credentials) = Address::parse("https://ann:s%40cret@a.example/b").unwrap();
        assert_eq!(credentials, Some(Credentials { username: "ann".into(), password: "s@cret".into() }));
        let (_, token) = Address::parse("https://token@a.example/b").unwrap();
        assert_eq!(token.clone(), Some(Credentials { username: "token".into(), password: String::new() }));
        let token = token.unwrap();
        assert_eq!(format!("{token:?}"), "Credentials(…)");
        assert_eq!(token.mask("no token here"), "no [MASKED] here");
    }

    #[test]
    fn hostile_addresses_are_refused_and_no_secret_is_repeated() {
        for hostile in [
            "",
            "github.com/a/b",
            "git@github.com:a/b.git",
            "git://github.com/a",
            "ftp://a.example/b",
            "ext::sh -c id",
            "ext://x/y",
            "fd::17/foo",
            "https://",
            "https:///a",
            "https://a.example",
            "https://a.example/",
            "https://a.example/b?x=secret",
            "https://a.example/b#secret",
            "https://a.example\\@b.example/c",
            "https://a.example/b c",
            "https://a.example/b\nc",
            "https://a.example/b%0ac",
            "https://a.example/b%00",
            "https://a.example/b%2",
            "https://a.example/../b",
            "https://a.example/./b",
            "https://127.1/b",
            "https://0x7f000001/b",
            "https://2130706433/b",
            "https://0177.0.0.1/b",
            "https://[::1/b",
            "https://::1/b",
            "https://[fe80::1%25eth0]/b",
            "https://%31.1.1.1/b",
            "https://a.example:0/b",
            "https://a.example:065/b",
            "https://a.example:65536/b",
            "https://a.example:/b",
            "https://a.example:+80/b",
            "https://a:secret@@b.example/c",
            "https://a:sec%0aret@b.example/c",
            "https://a:sec%ffret@b.example/c",
            "https://a:secret\u{e9}@b.example/c",
            "ssh://a.example/b",
            "ssh://git:secret@a.example/b",
            "ssh://-oProxyCommand=id@a.example/b",
            "ssh://git@-oProxyCommand=id/b",
            "ssh://g it@a.example/b",
            "file://host/b",
            "file://localhost/b",
            "file://srv/b",
            "file:///",
            "file:///a/../b",
            "file:/srv/b",
            "https://bücher.example/b",
            "\u{0}https://a.example/b",
            " https://a.example/b",
            "https://a.example/b ",
            "https://a.example/<b>",
            "https://a.example/b|c",
        ] {
            let why = Address::parse(hostile).expect_err(hostile);
            let Refusal::Field(field, text) = why else { panic!("{hostile}") };
            assert_eq!(field, "import_url");
            assert!(!text.contains("secret"), "{hostile}: {text}");
        }
        assert!(Address::parse(&format!("https://a.example/{}", "b".repeat(MOST_CHARACTERS))).is_err());
    }
}
