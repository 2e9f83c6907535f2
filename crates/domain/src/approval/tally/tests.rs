//! How votes fill rules: semantics, section 4 (*Allocation*).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::approval::Summary;
use crate::ids::UserId;
use crate::testing::World;

/// `qa`: ann, both, cora; `sec`: bob, both. Nothing is protected yet.
fn world() -> World {
    World::new()
        .groups(&["top", "qa", "sec"])
        .project("top/app")
        .members("top", &[("dev", 30), ("main", 40)])
        .members("qa", &[("ann", 10), ("both", 10), ("cora", 10)])
        .members("sec", &[("bob", 10), ("both", 10)])
        .invite("top/app", "qa", 20)
        .invite("top/app", "sec", 20)
        .triggered_by(&["trig"])
}

fn ruled(qa: u32, sec: u32) -> World {
    world().protect("top/app", &["30"], &[("qa", qa), ("sec", sec)])
}

/// The votes in each demand, in order of demands.
fn filled(world: &World) -> Vec<Vec<i64>> {
    Tally::of(&world.only_gate()).asks.iter().map(|a| a.votes.iter().map(|v| v.0).collect()).collect()
}

#[test]
fn no_protection_no_rules_and_a_count_of_nought_ask_for_nothing() {
    for world in [world(), world().protect("top/app", &["30"], &[]), world().unified("top/app", &["30"], 0)] {
        assert!(Tally::of(&world.only_gate()).asks.is_empty());
        assert!(Tally::of(&world.only_gate()).is_complete());
    }
    let mut not_a_deployment = ruled(1, 1);
    not_a_deployment.deploys = false;
    assert_eq!(not_a_deployment.pending(), 0);
}

#[test]
fn open_slots_are_counted_over_all_rules_of_all_protections() {
    let world = ruled(2, 1).protect("top", &["30"], &[("40", 2)]).unified("top", &["30"], 3);
    assert_eq!(world.pending(), 8);
    assert_eq!(world.approved_by(&["ann", "bob", "main", "dev"]).pending(), 4);
}

#[test]
fn rules_win_over_the_count_of_their_own_protection_only() {
    let world = ruled(1, 1).last(|p| p.required_approval_count = 5);
    assert_eq!(world.pending(), 2);
    assert_eq!(world.unified("top", &["30"], 1).pending(), 3);
}

#[test]
fn whatever_the_order_a_possible_assignment_is_found() {
    for votes in [["both", "ann"], ["ann", "both"], ["both", "bob"], ["bob", "both"]] {
        assert_eq!(ruled(1, 1).approved_by(&votes).pending(), 0, "{votes:?}");
    }
    assert_eq!(filled(&ruled(1, 1).approved_by(&["both", "ann"])), [[2], [1]]);
    assert_eq!(filled(&ruled(1, 1).approved_by(&["both", "bob"])), [[1], [2]]);
}

#[test]
fn early_votes_take_low_rules_and_late_ones_fill_nothing_once_all_is_filled() {
    assert_eq!(filled(&ruled(1, 1).approved_by(&["both"])), [vec![1], vec![]]);
    assert_eq!(filled(&ruled(1, 1).approved_by(&["ann", "cora", "both"])), [[1], [3]]);
    assert_eq!(filled(&ruled(2, 1).approved_by(&["both", "ann", "cora"])), [vec![2, 3], vec![1]], "all count");
    assert_eq!(filled(&ruled(2, 1).approved_by(&["both", "ann", "bob", "cora"])), [vec![1, 2], vec![3]]);
}

#[test]
fn rules_come_by_id_and_unified_counts_last_by_protection() {
    let mut world = world().unified("top", &["30"], 1).unified("top/app", &["qa"], 1);
    world = world.protect("top/app", &["30"], &[("qa", 1), ("sec", 1)]);
    world.protections.reverse();
    world.protections[0].rules.reverse();
    let asks: Vec<AskKey> = Tally::of(&world.only_gate()).asks.iter().map(|a| a.key).collect();
    let rules = asks.iter().filter(|k| matches!(k, AskKey::Rule(_))).count();
    assert_eq!(rules, 2);
    assert!(asks.is_sorted());
    assert_eq!(asks[2..], [AskKey::Unified(ProtectionId(1)), AskKey::Unified(ProtectionId(2))]);
}

#[test]
fn only_votes_of_people_still_eligible_count() {
    let world = ruled(1, 1).approved_by(&["ann", "bob"]);
    assert_eq!(world.pending(), 0);
    assert_eq!(world.clone().leave("qa", "ann").pending(), 1);
    assert_eq!(world.clone().blocked("bob").pending(), 1);
    assert_eq!(world.clone().triggered_by(&["ann"]).pending(), 1);
    assert_eq!(world.clone().person("ann", |p| p.bot = true).pending(), 1);
    assert_eq!(world.clone().leave("qa", "ann").members("qa", &[("ann", 10)]).pending(), 0);
    let edited = world.last(|p| p.rules[0].required_approvals = 2);
    assert_eq!(edited.pending(), 1);
}

#[test]
fn rejections_and_strangers_fill_nothing() {
    let mut gate = ruled(1, 1).approved_by(&["ann", "bob", "dev"]).only_gate();
    gate.votes[0].verdict = Verdict::Rejected;
    assert_eq!(Tally::of(&gate).pending(), 1);
}

#[test]
fn the_order_of_time_decides_and_then_the_id_not_the_order_of_loading() {
    let mut gate = world().protect("top/app", &["30"], &[("qa", 1)]).approved_by(&["ann", "cora"]).only_gate();
    gate.votes.reverse();
    assert_eq!(Tally::of(&gate).asks[0].votes, [VoteId(1)]);
    gate.votes[0].at = gate.votes[1].at;
    assert_eq!(Tally::of(&gate).asks[0].votes, [VoteId(1)]);
    gate.votes[1].at = gate.votes[0].at.plus_ms(1);
    assert_eq!(Tally::of(&gate).asks[0].votes, [VoteId(2)]);
}

#[test]
fn a_name_binds_a_vote_to_the_rules_so_called() {
    assert_eq!(filled(&ruled(1, 1).approved_by(&["both as SEC", "bob"])), [vec![], vec![1]]);
    assert_eq!(filled(&ruled(1, 1).approved_by(&["both as SEC", "ann"])), [[2], [1]]);
    assert_eq!(filled(&ruled(1, 1).approved_by(&["ann as SEC"])), [vec![], Vec::<i64>::new()]);
    assert_eq!(filled(&ruled(1, 1).approved_by(&["ann as "])), [vec![1], vec![]], "empty means not sent");
}

#[test]
fn who_matches_and_who_may_override() {
    let world = ruled(1, 1).admin("root").members("qa", &[("trig", 30)]);
    let gate = world.only_gate();
    let asks = Ask::all(&gate);
    let matched = |who: &str| asks.iter().map(|a| a.is_matched_by(&gate, world.u(who))).collect::<Vec<_>>();
    assert_eq!(matched("ann"), [true, false]);
    assert_eq!(matched("both"), [true, true]);
    assert_eq!(matched("trig"), [false, false]);
    assert_eq!(matched("root"), [false, false]);
    assert!(asks.iter().all(|a| a.is_overridable_by(&gate, world.u("root"))));
    assert!(!asks.iter().any(|a| a.is_overridable_by(&gate, world.u("ann"))));
    assert!(!asks.iter().any(|a| a.fits(&gate, UserId(999), None)));
}

#[test]
fn the_summary_shows_every_rule_and_count_with_its_votes() {
    let world = ruled(2, 1).unified("top", &["30"], 1);
    let mut world = world.approved_by(&["ann", "dev"]);
    world.protections[0].rules[1].entry.orphaned = true;
    let summary = Summary::of(&world.only_gate());
    let rows: Vec<_> = summary.rules.iter().map(|r| (r.description.as_str(), r.required, r.votes.len())).collect();
    assert_eq!(rows, [("QA", 2, 1), ("SEC", 1, 0)]);
    assert_eq!(summary.rules.iter().map(|r| r.orphaned).collect::<Vec<_>>(), [false, true]);
    assert_eq!(summary.unified, [(1, vec![VoteId(2)])]);
    assert_eq!(summary.pending, 2);
}
