//! Maximum bipartite matching of votes to demands, and the canonical one among the largest.

/// For each vote the demands it fits, ascending.
pub(super) type Fits = Vec<Vec<usize>>;

/// The canonical maximum matching: goes through the votes in order and gives each the lowest demand with which a
/// maximum matching is still possible; a vote with none fills nothing.
pub(super) fn canonical(fits: &Fits, wanted: &[u32]) -> Vec<Option<usize>> {
    let mut room = wanted.to_vec();
    let mut given = vec![None; fits.len()];
    let mut left = maximum(fits, &room);
    for vote in 0..fits.len() {
        if left == 0 {
            break;
        }
        for &ask in &fits[vote] {
            if room[ask] == 0 {
                continue;
            }
            room[ask] -= 1;
            if maximum(&fits[vote + 1..], &room) + 1 == left {
                given[vote] = Some(ask);
                left -= 1;
                break;
            }
            room[ask] += 1;
        }
    }
    given
}

/// The size of a maximum matching, by augmenting paths.
fn maximum(fits: &[Vec<usize>], room: &[u32]) -> usize {
    let mut holders: Vec<Vec<usize>> = vec![Vec::new(); room.len()];
    let mut size = 0;
    for vote in 0..fits.len() {
        let mut seen = vec![false; room.len()];
        size += usize::from(place(vote, fits, room, &mut holders, &mut seen));
    }
    size
}

/// Places a vote, moving others aside where needed.
fn place(vote: usize, fits: &[Vec<usize>], room: &[u32], holders: &mut [Vec<usize>], seen: &mut [bool]) -> bool {
    for &ask in &fits[vote] {
        if std::mem::replace(&mut seen[ask], true) {
            continue;
        }
        if holders[ask].len() < room[ask] as usize {
            holders[ask].push(vote);
            return true;
        }
        for at in 0..holders[ask].len() {
            if place(holders[ask][at], fits, room, holders, seen) {
                holders[ask][at] = vote;
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every assignment there is, tried one by one: the size of the largest.
    fn brute(fits: &[Vec<usize>], room: &mut Vec<u32>) -> usize {
        let Some((first, rest)) = fits.split_first() else { return 0 };
        let mut best = brute(rest, room);
        for &ask in first {
            if room[ask] > 0 {
                room[ask] -= 1;
                best = best.max(1 + brute(rest, room));
                room[ask] += 1;
            }
        }
        best
    }

    fn filled(given: &[Option<usize>]) -> usize {
        given.iter().flatten().count()
    }

    #[test]
    fn early_votes_take_low_rules_but_never_at_the_cost_of_the_whole() {
        assert_eq!(canonical(&vec![vec![0, 1], vec![0]], &[1, 1]), [Some(1), Some(0)]);
        assert_eq!(canonical(&vec![vec![0, 1], vec![0, 1]], &[1, 1]), [Some(0), Some(1)]);
        assert_eq!(canonical(&vec![vec![0, 1], vec![0], vec![1]], &[1, 1]), [Some(0), None, Some(1)]);
        assert_eq!(canonical(&vec![vec![], vec![0]], &[2]), [None, Some(0)]);
        assert_eq!(canonical(&vec![vec![0]; 3], &[2]), [Some(0), Some(0), None]);
        assert_eq!(canonical(&Vec::new(), &[1]), []);
    }

    proptest! {
        #[test]
        fn it_is_as_large_as_any(votes in prop::collection::vec(prop::collection::btree_set(0usize..4, 0..4), 0..7),
                                 wanted in prop::collection::vec(0u32..3, 4)) {
            let fits: Fits = votes.into_iter().map(|s| s.into_iter().collect()).collect();
            let given = canonical(&fits, &wanted);
            prop_assert_eq!(filled(&given), brute(&fits, &mut wanted.clone()));
            for (vote, ask) in given.iter().enumerate() {
                prop_assert!(ask.is_none_or(|a| fits[vote].contains(&a)));
            }
            for (ask, want) in wanted.iter().enumerate() {
                prop_assert!(given.iter().filter(|g| **g == Some(ask)).count() <= *want as usize);
            }
        }

        #[test]
        fn how_much_is_filled_does_not_depend_on_the_order(
            votes in prop::collection::vec(prop::collection::btree_set(0usize..4, 0..4), 0..7),
            wanted in prop::collection::vec(0u32..3, 4), seed in any::<u64>()) {
            let fits: Fits = votes.into_iter().map(|s| s.into_iter().collect()).collect();
            let mut shuffled = fits.clone();
            let mut state = seed;
            for i in (1..shuffled.len()).rev() {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                shuffled.swap(i, (state >> 33) as usize % (i + 1));
            }
            prop_assert_eq!(filled(&canonical(&fits, &wanted)), filled(&canonical(&shuffled, &wanted)));
        }
    }
}
