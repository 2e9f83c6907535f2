//! The rules agree with a brute-force oracle on random small worlds (semantics, sections 1, 3 and 4).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod oracle;
mod worlds;

use countersign_domain::approval::{Ask, AskKey, Cast, Next, Tally, Verdict, Voted, cast};
use countersign_domain::deployment::Status;
use countersign_domain::gate::{Claim, Gate, Reassessed, Turn};
use countersign_domain::job::{FailureReason, When};
use countersign_domain::protection::Sight;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use oracle::approval::Answer;
use oracle::{Ballot, Spot, World};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use worlds::{GROUPS, USERS, gate, group_id, named, principal, real_entry, real_vote, scope, user_id, worlds};

fn many() -> ProptestConfig {
    ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() }
}

/// What the allocation is, in the oracle's terms: per approval in order of time, the place of the demand it fills.
fn allocation(gate: &Gate, world: &World) -> Vec<Option<usize>> {
    let tally = Tally::of(gate);
    let fills = |b: &&Ballot| tally.asks.iter().position(|a| a.votes.contains(&real_vote(b).id));
    world.approvals().iter().map(fills).collect()
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn effective_access_is_what_the_sentences_say(world in worlds()) {
        let gate = gate(&world);
        for user in 0..USERS {
            let found = gate.directory.on_project(user_id(user), gate.project).number();
            prop_assert_eq!(found, world.on_project(user), "user {} on the project", user);
            for group in 0..GROUPS {
                let found = gate.directory.on_group(user_id(user), group_id(group)).number();
                prop_assert_eq!(found, world.on_group(user, group), "user {} on group {}", user, group);
            }
        }
    }

    #[test]
    fn entries_count_whom_they_should(world in worlds()) {
        let gate = gate(&world);
        for shield in &world.shields {
            for entry in shield.deploy.iter().chain(shield.rules.iter().map(|(e, _)| e)) {
                let refused = gate.directory.unassignable(principal(entry.party), scope(shield.spot));
                prop_assert_eq!(refused.is_none(), world.assignable(entry.party, shield.spot), "{:?}", entry);
                for user in 0..USERS {
                    let found = gate.directory.satisfies(user_id(user), &real_entry(entry), scope(shield.spot));
                    prop_assert_eq!(found, world.counts(user, entry, shield.spot), "user {}, {:?}", user, entry);
                }
            }
        }
    }

    #[test]
    fn who_may_deploy_and_who_is_let_in_to_see(world in worlds()) {
        let gate = gate(&world);
        for user in 0..USERS {
            prop_assert_eq!(gate.may_deploy(user_id(user)).is_ok(), world.may_deploy(user), "user {}", user);
            let expected = match world.named(user) {
                (_, true) => Sight::Deploy,
                (true, false) => Sight::Approve,
                (false, false) => Sight::None,
            };
            prop_assert_eq!(gate.sight(user_id(user)), expected, "user {}", user);
        }
    }

    #[test]
    fn it_is_approved_exactly_if_some_assignment_satisfies_every_rule(world in worlds()) {
        let gate = gate(&world);
        let tally = Tally::of(&gate);
        prop_assert_eq!(tally.is_complete(), world.approved());
        prop_assert_eq!(tally.pending(), world.pending());
        prop_assert_eq!(gate.lacks_approval(), !world.approved());
    }

    #[test]
    fn the_allocation_shown_is_the_canonical_one(world in worlds()) {
        let gate = gate(&world);
        let keys: Vec<(bool, i64)> = Ask::all(&gate).iter().map(|a| match a.key {
            AskKey::Rule(id) => (false, id.0),
            AskKey::Unified(id) => (true, id.0),
        }).collect();
        let expected: Vec<(bool, i64)> = world.demands().iter().map(|d| (d.unified, d.id)).collect();
        prop_assert_eq!(keys, expected);
        prop_assert_eq!(allocation(&gate, &world), world.canonical());
    }

    #[test]
    fn the_order_of_votes_changes_nothing(world in worlds(), order in Just((0..USERS).collect::<Vec<_>>()).prop_shuffle()) {
        let mut shuffled = gate(&world);
        let pending = Tally::of(&shuffled).pending();
        shuffled.votes.sort_by_key(|v| order[v.voter.0 as usize - 1]);
        prop_assert_eq!(Tally::of(&shuffled).pending(), pending, "loaded in another order");
        for (i, vote) in shuffled.votes.iter_mut().enumerate() {
            (vote.id.0, vote.at) = (i as i64, Timestamp(i as i64));
        }
        prop_assert_eq!(Tally::of(&shuffled).pending(), pending, "cast in another order");
    }

    #[test]
    fn another_vote_never_leaves_more_open_and_never_closes_more_than_one(world in worlds(), named in named(),
                                                                           user in 0..USERS, at in 0i64..5) {
        let mut gate = gate(&world);
        gate.votes.retain(|v| v.voter != user_id(user));
        let before = Tally::of(&gate).pending();
        gate.votes.push(real_vote(&Ballot { id: 99, at, user, yes: true, named }));
        let after = Tally::of(&gate).pending();
        prop_assert!(after == before || after + 1 == before, "{} to {}", before, after);
    }

    #[test]
    fn whoever_triggered_it_contributes_only_where_the_level_lets_them(world in worlds()) {
        let gate = gate(&world);
        let tally = Tally::of(&gate);
        for (ask, filled) in Ask::all(&gate).iter().zip(&tally.asks) {
            for vote in gate.votes.iter().filter(|v| filled.votes.contains(&v.id)) {
                prop_assert!(ask.protection.triggerer_may_approve || !gate.initiators.contains(&vote.voter));
            }
        }
        let mut strict = gate.clone();
        strict.protections.iter_mut().for_each(|p| p.triggerer_may_approve = false);
        let with_them = Tally::of(&strict);
        strict.votes.retain(|v| !gate.initiators.contains(&v.voter));
        prop_assert_eq!(Tally::of(&strict), with_them);
    }

    #[test]
    fn attempts_to_vote_end_as_they_should(world in worlds(), user in 0..USERS, yes in any::<bool>(), named in named(),
                                           starter in 0..USERS) {
        check_attempt(&world, user, yes, named, starter)?;
    }

    #[test]
    fn the_gate_opens_only_for_what_is_approved_and_for_people_who_may(world in worlds(), user in 0..USERS) {
        check_gate(&world, user)?;
    }
}

fn check_attempt(
    world: &World,
    user: usize,
    yes: bool,
    named: Option<String>,
    starter: usize,
) -> Result<(), TestCaseError> {
    let before = gate(world);
    let verdict = if yes { Verdict::Approved } else { Verdict::Rejected };
    let (voter, at) = (user_id(user), Timestamp(50));
    let vote = Cast { voter, by_job: false, by_sudo: false, verdict, represented_as: named.clone(), at };
    let job = (When::OnSuccess, Some(user_id(starter)));
    let answer = world.attempt(user, yes, named.as_deref());
    let found = cast(&before, Status::Blocked, &vote, Some(job));
    let Ok(Voted::Counted { replaces, over_the_rules, next }) = found else {
        let expected = match found {
            Err(Refusal::NotAPerson) => Answer::NotAPerson,
            Err(Refusal::OwnDeployment) => Answer::Own,
            Err(Refusal::NotEligible) => Answer::NotEligible,
            Err(Refusal::UnknownRepresentation(_)) => Answer::UnknownName,
            Err(Refusal::NotRepresenting(_)) => Answer::NotYours,
            Ok(Voted::Repeated(_)) => Answer::Repeated,
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        };
        prop_assert_eq!(expected, answer);
        return Ok(());
    };
    prop_assert_eq!(answer, Answer::Accepted);
    prop_assert_eq!(replaces.is_some(), world.ballots.iter().any(|b| b.user == user));
    let mut after = world.clone();
    after.ballots.retain(|b| b.user != user);
    after.ballots.push(Ballot { id: 99, at: 50, user, yes, named: named.clone() });
    let start = world.may_deploy(starter) && !world.shields.iter().any(|s| s.by_hand);
    let expected = match (yes, after.approved()) {
        (false, _) => Next::Rejected,
        (true, false) => Next::StillBlocked,
        (true, true) => Next::Released { start },
    };
    prop_assert_eq!(next, expected);
    prop_assert_eq!(over_the_rules, is_override(&after, user, named.as_deref().filter(|n| !n.is_empty())));
    Ok(())
}

/// Whether the latest vote stands only by its voter being an administrator.
fn is_override(after: &World, user: usize, named: Option<&str>) -> bool {
    let demands = after.demands();
    let place = after.approvals().iter().position(|b| b.id == 99);
    match place.and_then(|p| after.canonical()[p]) {
        Some(filled) => !after.matches(user, &demands[filled]),
        None => !demands.iter().any(|d| named.is_none_or(|n| d.is_called(n)) && after.matches(user, d)),
    }
}

fn check_gate(world: &World, user: usize) -> Result<(), TestCaseError> {
    let gate = gate(world);
    let (id, may, approved) = (user_id(user), world.may_deploy(user), world.approved());
    let asked = !world.demands().is_empty();
    prop_assert_eq!(gate.asks_approval(), asked);
    prop_assert_eq!(gate.claim(Some(id)) == Claim::Open, approved && may);
    prop_assert_eq!(gate.claim(Some(id)) == Claim::Block, !approved);
    prop_assert_eq!(gate.claim(None) == Claim::Open, false);
    prop_assert_eq!(gate.check_play(id).is_ok(), approved && may);
    prop_assert_eq!(gate.check_report(id).is_ok(), approved && may);
    let turn = match (approved, may) {
        (false, _) => Turn::Block,
        (true, true) => Turn::Enqueue,
        (true, false) if asked || world.shields.is_empty() => Turn::Offer,
        (true, false) => Turn::Fail(FailureReason::ProtectedEnvironment),
    };
    prop_assert_eq!(gate.turn(When::OnSuccess, Some(id)), turn);
    prop_assert_eq!(gate.turn(When::Manual, Some(id)), if approved { Turn::Offer } else { Turn::Block });
    for status in Status::ALL {
        let expected = match (status, approved) {
            (Status::Blocked, true) => Some(Reassessed::Release),
            (Status::Created, false) => Some(Reassessed::Block),
            _ => None,
        };
        prop_assert_eq!(gate.reassess(status), expected);
    }
    Ok(())
}

/// A property that only ever saw dull worlds would show nothing.
#[test]
fn the_worlds_are_not_dull() {
    let mut runner = TestRunner::deterministic();
    let mut seen = [0u32; 7];
    for _ in 0..2_000 {
        let world = worlds().new_tree(&mut runner).unwrap().current();
        let asked = !world.demands().is_empty();
        let canonical = world.canonical();
        let cases = [
            asked && world.approved(),
            asked && !world.approved(),
            canonical.windows(2).any(|w| w[0] > w[1] && w[1].is_some()),
            canonical.iter().flatten().count() >= 3,
            world.initiators.iter().any(|u| world.demands().iter().any(|d| world.matches(*u, d))),
            !world.shields.is_empty() && (0..USERS).any(|u| !world.people[u].admin && world.may_deploy(u)),
            world.shields.len() > 1 && world.members.iter().any(|m| m.spot == Spot::Project),
        ];
        seen.iter_mut().zip(cases).for_each(|(n, case)| *n += u32::from(case));
    }
    assert!(seen.iter().all(|n| *n >= 40), "{seen:?}");
}
