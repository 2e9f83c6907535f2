//! Finding out where a host's name leads, once, before the server calls it. The caller is to call these addresses and no
//! others: were the name asked for again, it could lead elsewhere by then.

use countersign_domain::outgoing::{Allowed, Host};
use std::net::{IpAddr, ToSocketAddrs};

/// The addresses of a host that the server may call. Blocks: the name is looked up.
///
/// # Errors
/// It has none, or may not be called; text for people to read, which tells no address.
pub fn resolve(allowed: &Allowed, host: &Host) -> Result<Vec<IpAddr>, String> {
    let addresses = match host {
        Host::Ip(ip) => vec![*ip],
        Host::Name(name) => {
            // The port does not matter here, but the interface wants one.
            let found = (name.as_str(), 0).to_socket_addrs();
            let found = found.map_err(|_| format!("the host {name} is not known"))?;
            let mut found: Vec<_> = found.map(|address| address.ip()).collect();
            found.dedup();
            found
        }
    };
    allowed.check(host, &addresses)?;
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_name_that_leads_inside_is_refused_unless_allowed() {
        let localhost = Host::parse("localhost").unwrap();
        let why = resolve(&Allowed::default(), &localhost).unwrap_err();
        assert!(why.contains("this machine"), "{why}");
        let allowed = Allowed::parse(["localhost"]).unwrap();
        assert!(resolve(&allowed, &localhost).unwrap().iter().all(IpAddr::is_loopback));
        let nowhere = Host::parse("does-not-exist.invalid").unwrap();
        assert!(resolve(&Allowed::default(), &nowhere).unwrap_err().contains("not known"));
        let literal = Host::parse("[::ffff:127.0.0.1]").unwrap();
        assert!(resolve(&Allowed::default(), &literal).is_err());
    }
}
