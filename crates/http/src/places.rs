//! Places for whoever is to be counted without being remembered: as many as 16 bits can number.
//!
//! Counting by place takes a bounded amount of memory, however many addresses or secrets are shown. Some share a place;
//! nobody outside can find out with whom.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::Extensions;
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// One of them.
pub(crate) type Place = u16;

/// What happens at each place, limited in how often.
#[derive(Debug)]
pub(crate) struct Places {
    seed: RandomState,
    limiter: RateLimiter<Place, HashMapStateStore<Place>, DefaultClock>,
}

impl Places {
    /// No more than `quota` at each place.
    pub(crate) fn new(quota: Quota) -> Places {
        Places { seed: RandomState::new(), limiter: RateLimiter::hashmap(quota) }
    }

    /// What stands for something that is not to be kept itself.
    pub(crate) fn mark(&self, of: impl Hash) -> u64 {
        self.seed.hash_one(of)
    }

    /// Where something belongs.
    pub(crate) fn place(&self, of: impl Hash) -> Place {
        let [first, second, ..] = self.mark(of).to_ne_bytes();
        Place::from_ne_bytes([first, second])
    }

    /// Counts once more at a place.
    ///
    /// # Errors
    /// It would be too often; the time until it is not.
    pub(crate) fn count(&self, at: Place) -> Result<(), Duration> {
        let counted = self.limiter.check_key(&at);
        counted.map_err(|not_until| not_until.wait_time_from(DefaultClock::default().now()))
    }
}

/// Who is at the other end of a request's connection.
pub(crate) fn client(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|at| at.0)
}

/// A client's network address, as far as it tells clients apart: an IPv6 client has all addresses of its network.
pub(crate) fn network(client: SocketAddr) -> IpAddr {
    match client.ip().to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::num::NonZeroU32;

    #[test]
    fn each_place_is_counted_by_itself_and_told_how_long_to_wait() {
        let places = Places::new(Quota::with_period(Duration::from_secs(60)).unwrap().allow_burst(NonZeroU32::MIN));
        places.count(1).unwrap();
        places.count(2).unwrap();
        let wait = places.count(1).unwrap_err();
        assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60), "{wait:?}");
    }

    #[test]
    fn an_ipv6_client_is_its_network_and_an_ipv4_client_its_address() {
        let of = |address: &str| network(SocketAddr::new(address.parse().unwrap(), 1)).to_string();
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(client(&Extensions::new()), None);
    }
}
