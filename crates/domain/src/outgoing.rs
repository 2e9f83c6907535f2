//! Which machines the server may call because somebody named them: those of the public internet, and those that
//! administrators allowed. Whoever may name an address could else have the server ask, from inside, what only it reaches.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A machine, as an address on the network names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// By its name in the domain name system, in lower case.
    Name(String),
    /// By its address.
    Ip(IpAddr),
}

impl Host {
    /// Reads a host as it stands in a URL: a name, an IPv4 address of four decimal numbers, or an IPv6 address in square
    /// brackets. Other ways to write an address, which programs read differently, are none.
    pub fn parse(text: &str) -> Option<Host> {
        if let Some(inner) = text.strip_prefix('[') {
            return inner.strip_suffix(']')?.parse().ok().map(|ip| Host::Ip(IpAddr::V6(ip)));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        if let Ok(ip) = text.parse() {
            return Some(Host::Ip(IpAddr::V4(ip)));
        }
        let allowed = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        let part = |p: &str| (1..=63).contains(&p.len()) && p.bytes().all(allowed) && !p.starts_with('-');
        // What ends in a number is an address to some programs: 127.1, 0x7f000001, 2130706433.
        let last = name.rsplit('.').next().unwrap_or_default();
        let number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X");
        (name.len() <= 253 && name.split('.').all(part) && !number).then(|| Host::Name(name.to_ascii_lowercase()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Ip(IpAddr::V4(ip)) => ip.fmt(f),
            Host::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
        }
    }
}

/// What administrators allowed beyond the public internet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    hosts: Vec<Host>,
    nets: Vec<IpNet>,
}

impl Allowed {
    /// Reads entries: host names, addresses, and networks as `10.0.0.0/8`.
    ///
    /// # Errors
    /// One of them is none of these; the text says which.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Allowed, String> {
        let mut allowed = Allowed::default();
        for entry in entries.into_iter().map(str::trim).filter(|entry| !entry.is_empty()) {
            let net = entry.parse::<IpNet>().ok().or_else(|| entry.parse::<IpAddr>().ok().map(IpNet::from));
            match (net, Host::parse(entry)) {
                (Some(net), _) => allowed.nets.push(net.trunc()),
                (None, Some(host)) => allowed.hosts.push(host),
                (None, None) => {
                    return Err(format!("{entry:?} is no host; it should look like git.example.com or 10.0.0.0/8"));
                }
            }
        }
        Ok(allowed)
    }

    /// Whether the host itself was allowed: then wherever its name leads.
    pub fn names(&self, host: &Host) -> bool {
        match host {
            Host::Name(_) => self.hosts.contains(host),
            Host::Ip(ip) => self.nets.iter().any(|net| net.contains(ip)),
        }
    }

    /// Whether the server may call a host whose name leads to these addresses. All of them must be fine: which one is
    /// called is not the rules' choice.
    ///
    /// # Errors
    /// It may not; the text says why, and who can allow it.
    pub fn check(&self, host: &Host, addresses: &[IpAddr]) -> Result<(), String> {
        if addresses.is_empty() {
            return Err(format!("the host {host} has no address"));
        }
        if self.names(host) {
            return Ok(());
        }
        let wrong = addresses.iter().find_map(|ip| {
            let allowed = self.nets.iter().any(|net| net.contains(ip));
            reserved(*ip).filter(|_| !allowed)
        });
        match wrong {
            None => Ok(()),
            // Which address it is, and so what is inside, is not told.
            Some(what) => Err(format!(
                "the server may not call {host}: it leads to {what}; an administrator can allow it with \
                 --allow-outgoing"
            )),
        }
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(first: u16, second: u16, third: u16, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0), bits)
}

/// Addresses that are not the public internet's (the special-purpose registries of IANA), and what they are.
const V4: &[(Ipv4Net, &str)] = &[
    (v4(0, 0, 0, 0, 8), "this machine"),
    (v4(10, 0, 0, 0, 8), "a private network"),
    (v4(100, 64, 0, 0, 10), "a provider's inner network"),
    (v4(127, 0, 0, 0, 8), "this machine"),
    (v4(168, 63, 129, 16, 32), "a cloud's metadata"),
    (v4(169, 254, 0, 0, 16), "a link-local address"),
    (v4(172, 16, 0, 0, 12), "a private network"),
    (v4(192, 0, 0, 0, 24), "a reserved address"),
    (v4(192, 0, 2, 0, 24), "a reserved address"),
    (v4(192, 88, 99, 0, 24), "a reserved address"),
    (v4(192, 168, 0, 0, 16), "a private network"),
    (v4(198, 18, 0, 0, 15), "a reserved address"),
    (v4(198, 51, 100, 0, 24), "a reserved address"),
    (v4(203, 0, 113, 0, 24), "a reserved address"),
    (v4(224, 0, 0, 0, 4), "a multicast address"),
    (v4(240, 0, 0, 0, 4), "a reserved address"),
];

/// All public IPv6 addresses, and more.
const GLOBAL: Ipv6Net = v6(0x2000, 0, 0, 3);

/// As [`V4`], within [`GLOBAL`].
const V6: &[(Ipv6Net, &str)] = &[
    (v6(0x2001, 0, 0, 23), "a reserved address"),
    (v6(0x2001, 0xdb8, 0, 32), "a reserved address"),
    (v6(0x3fff, 0, 0, 20), "a reserved address"),
];

/// Why an address is not the public internet's; `None` if it is. One that carries an IPv4 address within it is judged by
/// that: it is where the call ends.
fn reserved(ip: IpAddr) -> Option<&'static str> {
    let ip = match ip {
        IpAddr::V4(ip) => return reserved_v4(ip),
        IpAddr::V6(ip) => ip,
    };
    if let Some(inner) = carried(ip) {
        return reserved_v4(inner);
    }
    if !GLOBAL.contains(&ip) {
        return Some(if ip.is_loopback() || ip.is_unspecified() {
            "this machine"
        } else if ip.is_multicast() {
            "a multicast address"
        } else if ip.is_unicast_link_local() {
            "a link-local address"
        } else if ip.is_unique_local() {
            "a private network"
        } else {
            "a reserved address"
        });
    }
    V6.iter().find_map(|(net, what)| net.contains(&ip).then_some(*what))
}

fn reserved_v4(ip: Ipv4Addr) -> Option<&'static str> {
    V4.iter().find_map(|(net, what)| net.contains(&ip).then_some(*what))
}

/// The IPv4 address that an IPv6 address stands for: mapped (`::ffff:a.b.c.d`), by NAT64 (`64:ff9b::a.b.c.d`), by 6to4
/// (`2002:a.b:c.d::`).
fn carried(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d] = [0, 4, 8, 12].map(|at| u32::from_be_bytes(std::array::from_fn(|n| ip.octets()[at + n])));
    match (a, b, c) {
        (0, 0, 0xffff) | (0x0064_ff9b, 0, 0) => Some(Ipv4Addr::from(d)),
        _ if a >> 16 == 0x2002 => Some(Ipv4Addr::from((a << 16) | (b >> 16))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn host(text: &str) -> Host {
        Host::parse(text).unwrap()
    }

    fn judged(text: &str) -> Option<&'static str> {
        reserved(text.parse().unwrap())
    }

    #[test]
    fn only_the_public_internet_is_called() {
        for fine in [
            "1.1.1.1",
            "140.82.121.4",
            "100.63.255.255",
            "100.128.0.1",
            "172.32.0.1",
            "2606:50c0:8000::153",
            "::ffff:140.82.121.4",
            "64:ff9b::8c52:7904",
            "2002:8c52:7904::1",
            "223.255.255.255",
        ] {
            assert_eq!(judged(fine), None, "{fine}");
        }
        for (wrong, what) in [
            ("127.0.0.1", "this machine"),
            ("127.255.255.254", "this machine"),
            ("0.0.0.0", "this machine"),
            ("10.1.2.3", "a private network"),
            ("172.31.255.255", "a private network"),
            ("192.168.0.1", "a private network"),
            ("169.254.169.254", "a link-local address"),
            ("100.100.100.200", "a provider's inner network"),
            ("168.63.129.16", "a cloud's metadata"),
            ("192.0.0.192", "a reserved address"),
            ("198.19.0.1", "a reserved address"),
            ("224.0.0.1", "a multicast address"),
            ("255.255.255.255", "a reserved address"),
            ("::", "this machine"),
            ("::1", "this machine"),
            ("::7f00:1", "a reserved address"),
            ("fe80::1", "a link-local address"),
            ("fec0::1", "a reserved address"),
            ("fc00::1", "a private network"),
            ("fd00:ec2::254", "a private network"),
            ("ff02::1", "a multicast address"),
            ("::ffff:127.0.0.1", "this machine"),
            ("::ffff:169.254.169.254", "a link-local address"),
            ("64:ff9b::7f00:1", "this machine"),
            ("64:ff9b::a00:1", "a private network"),
            ("64:ff9b:1::1", "a reserved address"),
            ("2002:7f00:1::", "this machine"),
            ("2002:a00:1::", "a private network"),
            ("2001::1", "a reserved address"),
            ("2001:db8::1", "a reserved address"),
            ("100::1", "a reserved address"),
            ("3fff::1", "a reserved address"),
        ] {
            assert_eq!(judged(wrong), Some(what), "{wrong}");
        }
    }

    #[test]
    fn a_host_is_written_in_one_way_only() {
        assert_eq!(host("GitHub.com"), Host::Name("github.com".into()));
        assert_eq!(host("github.com."), Host::Name("github.com".into()));
        assert_eq!(host("1.1.1.1"), Host::Ip("1.1.1.1".parse().unwrap()));
        assert_eq!(host("[::1]").to_string(), "[::1]");
        for wrong in [
            "",
            ".",
            "a..b",
            "127.1",
            "0177.0.0.1",
            "0x7f.0.0.1",
            "0x7f000001",
            "2130706433",
            "127.0.0.1.",
            "::1",
            "[::1",
            "[127.0.0.1]",
            "[fe80::1%eth0]",
            "%31%32%37.0.0.1",
            "a b",
            "a/b",
            "a@b",
            "a:1",
            "-oProxyCommand=x",
            "a.-b",
            "bücher.example",
            "1.2.3.4.5",
            "example.0x1",
            "a\n",
            "１２７.0.0.1",
        ] {
            assert_eq!(Host::parse(wrong), None, "{wrong:?}");
        }
        assert_eq!(Host::parse(&format!("{}.com", "a".repeat(64))), None);
        assert_eq!(Host::parse(&["a"; 200].join(".")), None);
    }

    #[test]
    fn administrators_allow_hosts_and_networks() {
        let allowed = Allowed::parse(["git.internal", " 10.0.0.0/8 ", "", "fd00::/8", "192.168.1.7"]).unwrap();
        let ip = |text: &str| -> IpAddr { text.parse().unwrap() };
        assert_eq!(allowed.check(&host("git.internal"), &[ip("172.16.0.1")]), Ok(()));
        assert_eq!(allowed.check(&host("other.internal"), &[ip("10.9.9.9")]), Ok(()));
        assert_eq!(allowed.check(&host("192.168.1.7"), &[ip("192.168.1.7")]), Ok(()));
        assert_eq!(allowed.check(&host("[fd00::1]"), &[ip("fd00::1")]), Ok(()));
        let mixed = [ip("1.1.1.1"), ip("172.16.0.1")];
        let why = allowed.check(&host("other.internal"), &mixed).unwrap_err();
        assert!(
            why.contains("a private network") && why.contains("--allow-outgoing") && !why.contains("172.16"),
            "{why}"
        );
        assert!(allowed.check(&host("gone.example"), &[]).unwrap_err().contains("no address"));
        for wrong in ["10.0.0.0/33", "https://git.internal", "a b", "[::1]:80"] {
            assert!(Allowed::parse([wrong]).unwrap_err().contains("is no host"), "{wrong}");
        }
    }
}
