//! Whoever guesses is slowed down, and nobody else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

const NOW: Timestamp = Timestamp(1_795_219_200_000);
const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

fn guess(attempts: &Attempts, secret: &str, now: Timestamp) -> u16 {
    let begun = attempts.begin(HERE, secret, now);
    begun.map_or_else(|why| why, |attempt| attempt.failed(ApiError::unauthorized())).status().as_u16()
}

fn exhausted() -> Attempts {
    let attempts = Attempts::default();
    attempts.begin(HERE, "good", NOW).unwrap().worked();
    for n in 0..BURST.get() {
        assert_eq!(guess(&attempts, &format!("guess-{n}"), NOW), 401);
    }
    assert_eq!(guess(&attempts, "one more", NOW), 429);
    attempts
}

#[test]
fn whoever_guesses_is_not_even_looked_at_for_a_while() {
    let attempts = exhausted();
    let why = attempts.begin(HERE, "yet another", NOW).unwrap_err();
    assert_eq!(why.status().as_u16(), 429);
    assert_eq!(why.body()["code"], "rate.failed_authentications");
    assert!(attempts.begin(HERE, "yet another", NOW.plus_ms(1_100)).is_ok());
}

#[test]
fn secrets_that_worked_still_do_and_do_not_count() {
    let attempts = exhausted();
    for _ in 0..100 {
        attempts.begin(HERE, "good", NOW).unwrap().worked();
    }
    // One that works no more is as good as a guess.
    assert_eq!(attempts.begin(HERE, "good", NOW).unwrap().failed(ApiError::unauthorized()).status().as_u16(), 429);
    assert!(attempts.begin(HERE, "good", NOW).is_err());
}

#[test]
fn no_secret_and_no_address_are_not_counted() {
    let attempts = exhausted();
    assert!(attempts.begin(HERE, "", NOW).is_ok());
    for _ in 0..100 {
        let attempt = attempts.begin(None, "guess", NOW).unwrap();
        assert_eq!(attempt.failed(ApiError::unauthorized()).status().as_u16(), 401);
    }
}

#[test]
fn what_is_remembered_is_bounded() {
    let attempts = Attempts::default();
    for n in 0..3 * MOST_PROVEN {
        attempts.begin(HERE, &n.to_string(), NOW).unwrap().worked();
    }
    assert!(lock(&attempts.proven).len() <= MOST_PROVEN);
    for n in 0..=MANY_REFUSED {
        let place = Place::try_from(n).unwrap();
        lock(&attempts.refused_until).insert(place, NOW);
    }
    for n in 0..=BURST.get() {
        guess(&attempts, &format!("guess-{n}"), NOW);
    }
    assert_eq!(lock(&attempts.refused_until).len(), 1);
}
