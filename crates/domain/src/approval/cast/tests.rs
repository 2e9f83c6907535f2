//! Who may vote, as whom, and what a vote leads to: semantics, section 4.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod overrides;

use super::*;
use crate::protection::RunAfterApproval;
use crate::testing::World;
use Verdict::{Approved, Rejected};

/// `top/app`, where tess triggered a deployment. One approval each of `qa` (quin) and `sec` (sam, both) is needed, and
/// `both` is in both groups; dev may deploy; root administers.
fn world() -> World {
    World::new()
        .groups(&["top", "qa", "sec"])
        .project("top/app")
        .members("top", &[("dev", 30), ("tess", 30), ("boss", 50)])
        .members("qa", &[("quin", 10), ("both", 10), ("tess", 10)])
        .members("sec", &[("sam", 10), ("both", 10)])
        .invite("top/app", "qa", 20)
        .invite("top/app", "sec", 20)
        .admin("root")
        .triggered_by(&["tess"])
        .protect("top/app", &["@dev", "@tess"], &[("qa", 1), ("sec", 1)])
}

fn counted(next: Next) -> Result<Voted> {
    Ok(Voted::Counted { replaces: None, over_the_rules: false, next })
}

fn released(start: bool) -> Result<Voted> {
    counted(Next::Released { start })
}

fn attempt(world: &World, status: Status, change: impl FnOnce(&mut Cast)) -> Result<Voted> {
    let voter = world.u("quin");
    let mut vote =
        Cast { voter, by_job: false, by_sudo: false, verdict: Approved, represented_as: None, at: Timestamp(9) };
    change(&mut vote);
    cast(&world.only_gate(), status, &vote, None)
}

#[test]
fn whoever_matches_a_rule_votes_and_the_last_needed_vote_releases() {
    let world = world();
    assert_eq!(world.cast(Approved, "quin"), counted(Next::StillBlocked));
    assert_eq!(world.clone().approved_by(&["quin"]).cast(Approved, "sam"), released(true));
    assert_eq!(world.clone().approved_by(&["both"]).cast(Approved, "quin"), released(true));
    assert_eq!(world.approved_by(&["both"]).cast(Approved, "sam"), released(true));
}

#[test]
fn the_last_vote_on_what_something_later_has_overtaken_starts_nothing() {
    let world = world().outdated();
    assert_eq!(world.cast(Approved, "quin"), counted(Next::StillBlocked));
    assert_eq!(world.clone().approved_by(&["quin"]).cast(Approved, "sam"), counted(Next::Outdated));
    let by_hand = world.last(|p| p.run_after_approval = RunAfterApproval::Manual).approved_by(&["quin"]);
    assert_eq!(by_hand.cast(Approved, "sam"), released(false));
    let said = crate::approval::Summary::of(&by_hand.only_gate()).reasons();
    assert_eq!(said.iter().map(|reason| reason.code).collect::<Vec<_>>(), ["approval.missing", "deployment.outdated"]);
}

#[test]
fn one_person_fills_one_slot_whatever_they_are_members_of() {
    assert_eq!(world().cast(Approved, "both"), counted(Next::StillBlocked));
    let apart = world().protect("top", &["40"], &[("40", 1)]).members("top", &[("sam", 40)]);
    let left = apart.approved_by(&["quin", "sam"]);
    assert_eq!(left.pending(), 1, "one slot in all protections together");
    assert_eq!(left.cast(Approved, "boss"), released(false));
}

#[test]
fn being_allowed_to_deploy_is_no_right_to_approve_under_rules() {
    for who in ["dev", "boss"] {
        assert_eq!(world().cast(Approved, who), Err(Refusal::NotEligible));
        assert_eq!(world().cast(Rejected, who), Err(Refusal::NotEligible));
    }
    let rules_win = world().last(|p| p.required_approval_count = 1);
    assert_eq!(rules_win.cast(Approved, "dev"), Err(Refusal::NotEligible));
}

#[test]
fn under_the_unified_setting_its_own_list_approves() {
    let world = world().last(|p| p.rules.clear()).last(|p| p.required_approval_count = 1);
    assert_eq!(world.cast(Approved, "dev"), released(true));
    assert_eq!(world.cast(Approved, "quin"), Err(Refusal::NotEligible));
    assert_eq!(world.cast(Approved, "tess"), Err(Refusal::OwnDeployment));
    let of_each = world.unified("top", &["40"], 1);
    assert_eq!(of_each.cast(Approved, "dev"), counted(Next::StillBlocked), "not on the group's list");
    assert_eq!(of_each.cast(Approved, "boss"), counted(Next::StillBlocked), "not on the project's list");
    assert_eq!(of_each.approved_by(&["boss"]).cast(Approved, "dev"), released(false), "tess may not deploy in top");
}

#[test]
fn only_people_vote() {
    let world = world().members("qa", &[("robot", 30), ("gone", 30)]).bot("robot").blocked("gone").bot("adminbot");
    let world = world.admin("adminbot");
    for who in ["robot", "gone", "adminbot"] {
        assert_eq!(world.cast(Approved, who), Err(Refusal::NotAPerson), "{who}");
    }
    let by_job = attempt(&world, Status::Blocked, |v| v.by_job = true);
    assert_eq!(by_job, Err(Refusal::NotAPerson));
    let admins_job = |v: &mut Cast| (v.by_job, v.voter) = (true, world.u("root"));
    assert_eq!(attempt(&world, Status::Blocked, admins_job), Err(Refusal::NotAPerson));
}

#[test]
fn nobody_votes_in_somebody_elses_name() {
    let world = world();
    for (who, verdict) in [("quin", Approved), ("quin", Rejected), ("root", Approved), ("tess", Approved)] {
        let by_sudo = |v: &mut Cast| (v.by_sudo, v.voter, v.verdict) = (true, world.u(who), verdict);
        assert_eq!(attempt(&world, Status::Blocked, by_sudo), Err(Refusal::VoteBySudo), "{who}");
    }
}

#[test]
fn votes_are_accepted_only_while_blocked() {
    let world = world().approved_by(&["quin"]);
    for status in Status::ALL.into_iter().filter(|s| *s != Status::Blocked) {
        for verdict in [Approved, Rejected] {
            let refused = attempt(&world, status, |v| v.verdict = verdict);
            assert_eq!(refused, Err(Refusal::NotBlocked(status)), "even one that would change nothing");
        }
        assert_eq!(check_withdraw(&world.only_gate(), status, world.u("quin")), Err(Refusal::NotBlocked(status)));
        assert_eq!(check_withdraw(&world.only_gate(), status, world.u("sam")), Err(Refusal::NotBlocked(status)));
    }
}

#[test]
fn the_triggerer_may_not_vote_nor_on_a_retry_the_pipelines_creator() {
    assert_eq!(world().cast(Approved, "tess"), Err(Refusal::OwnDeployment));
    assert_eq!(world().cast(Rejected, "tess"), Err(Refusal::OwnDeployment));
    let retried = world().triggered_by(&["dev", "quin"]);
    assert_eq!(retried.cast(Approved, "quin"), Err(Refusal::OwnDeployment));
    assert_eq!(retried.cast(Approved, "tess"), counted(Next::StillBlocked), "who neither retried nor created");
    let root = world().triggered_by(&["root"]);
    assert_eq!(root.cast(Approved, "root"), Err(Refusal::OwnDeployment));
    assert_eq!(root.cast(Rejected, "root"), Err(Refusal::OwnDeployment));
}

#[test]
fn the_flag_frees_the_triggerer_for_the_rules_of_its_own_level_only() {
    let groups_rule = world().members("top", &[("tess", 40)]).protect("top", &["30"], &[("40", 1)]);
    assert_eq!(groups_rule.cast(Approved, "tess"), Err(Refusal::OwnDeployment));
    let at = |level: usize| {
        let mut world = groups_rule.clone();
        world.protections[level].triggerer_may_approve = true;
        world
    };
    let at_project = at(0);
    assert_eq!(at_project.cast(Approved, "tess"), counted(Next::StillBlocked));
    let with_project = at_project.clone().approved_by(&["sam", "quin"]);
    assert_eq!(with_project.pending(), 1);
    assert_eq!(with_project.cast(Approved, "tess"), counted(Next::StillBlocked), "the group's four eyes stay open");
    assert_eq!(at_project.cast(Approved, "tess as Maintainers"), Err(Refusal::NotRepresenting("Maintainers".into())));
    assert_eq!(at(1).approved_by(&["sam", "quin"]).cast(Approved, "tess"), released(true));
    let nothing_matched = world().triggered_by(&["dev"]).last(|p| p.triggerer_may_approve = true);
    assert_eq!(nothing_matched.cast(Approved, "dev"), Err(Refusal::NotEligible), "the flag makes nobody an approver");
}

#[test]
fn the_same_again_changes_nothing() {
    let world = world().approved_by(&["quin as QA"]);
    assert_eq!(world.cast(Approved, "quin"), Ok(Voted::Repeated(VoteId(1))));
    assert_eq!(world.cast(Approved, "quin as nonsense"), Ok(Voted::Repeated(VoteId(1))));
    let left = world.leave("qa", "quin");
    assert_eq!(left.cast(Approved, "quin"), Ok(Voted::Repeated(VoteId(1))));
}

#[test]
fn a_vote_for_what_is_called_otherwise_now_is_replaced_by_the_same_again() {
    let world = world().approved_by(&["quin as Testers"]);
    assert_eq!(world.pending(), 2);
    let again = Ok(Voted::Counted { replaces: Some(VoteId(1)), over_the_rules: false, next: Next::StillBlocked });
    assert_eq!(world.cast(Approved, "quin"), again);
    assert_eq!(world.cast(Approved, "quin as QA"), again);
    // Where another cannot be given, the same again is what it always is.
    let repeated = Ok(Voted::Repeated(VoteId(1)));
    assert_eq!(world.cast(Approved, "quin as Testers"), repeated);
    let rejected = Ok(Voted::Counted { replaces: Some(VoteId(1)), over_the_rules: false, next: Next::Rejected });
    assert_eq!(world.cast(Rejected, "quin"), rejected);
    assert_eq!(world.leave("qa", "quin").cast(Approved, "quin"), repeated);
}

#[test]
fn a_repetition_is_the_same_of_ones_own() {
    let (gate, world) = (world().approved_by(&["quin"]).only_gate(), world());
    assert_eq!(repeated(&gate, world.u("quin"), Approved), Some(VoteId(1)));
    assert_eq!(repeated(&gate, world.u("quin"), Rejected), None);
    assert_eq!(repeated(&gate, world.u("sam"), Approved), None);
}

#[test]
fn an_approval_can_turn_into_a_rejection_and_one_rejection_suffices() {
    let rejected = Ok(Voted::Counted { replaces: Some(VoteId(1)), over_the_rules: false, next: Next::Rejected });
    assert_eq!(world().approved_by(&["quin"]).cast(Rejected, "quin"), rejected);
    assert_eq!(world().approved_by(&["quin"]).cast(Rejected, "sam"), counted(Next::Rejected));
    assert_eq!(world().approved_by(&["quin"]).leave("qa", "quin").cast(Rejected, "quin"), Err(Refusal::NotEligible));
}

#[test]
fn only_the_voter_withdraws_and_only_what_is_there() {
    let gate = world().approved_by(&["quin"]).only_gate();
    let withdraw = |who: &str| check_withdraw(&gate, Status::Blocked, world().u(who));
    assert_eq!(withdraw("quin"), Ok(VoteId(1)));
    assert_eq!(withdraw("sam"), Err(Refusal::NoVote));
    assert_eq!(withdraw("root"), Err(Refusal::NoVote));
}

#[test]
fn represented_as_names_a_rule_by_description_path_or_username() {
    let world = world().last(|p| p.rules[0].entry.path = Some("hq/qa".into())).protect("top", &["30"], &[("40", 1)]);
    let world = world.protect("top/app", &["30"], &[("@dev", 1), ("60", 1)]);
    let good = ["quin as QA", "quin as hq/qa", "boss as Maintainers", "dev as dev", "dev as DEV", "quin as "];
    for text in good {
        assert_eq!(world.cast(Approved, text), counted(Next::StillBlocked), "{text}");
    }
    for name in ["qa", "hq", "Developers + Maintainers", " QA", "30"] {
        let refused = world.cast(Approved, &format!("quin as {name}"));
        assert_eq!(refused, Err(Refusal::UnknownRepresentation(name.into())));
    }
    for name in ["SEC", "sec", "Administrators", "Maintainers"] {
        let refused = world.cast(Rejected, &format!("quin as {name}"));
        assert_eq!(refused, Err(Refusal::NotRepresenting(name.into())));
    }
    assert_eq!(world.cast(Approved, "tess as QA"), Err(Refusal::OwnDeployment));
}

#[test]
fn a_vote_under_a_name_fits_only_rules_of_that_name() {
    let named = world().approved_by(&["both as QA"]);
    assert_eq!(named.cast(Approved, "quin"), counted(Next::StillBlocked));
    assert_eq!(named.cast(Approved, "sam"), released(true));
    assert_eq!(world().approved_by(&["both as "]).cast(Approved, "quin"), released(true), "empty means not sent");
}

#[test]
fn the_unified_rule_goes_by_the_names_of_the_deploy_entries() {
    let world = world().last(|p| p.rules.clear()).last(|p| p.required_approval_count = 1);
    for name in ["dev", "DEV", "tess"] {
        assert_eq!(world.cast(Approved, &format!("dev as {name}")), released(true));
    }
    assert_eq!(world.cast(Approved, "dev as QA"), Err(Refusal::UnknownRepresentation("QA".into())));
}

#[test]
fn the_last_approval_starts_an_automatic_job_whose_triggerer_may_deploy() {
    let world = world().approved_by(&["quin"]);
    let start = |world: &World, job| {
        let voter = world.u("sam");
        let vote =
            Cast { voter, by_job: false, by_sudo: false, verdict: Approved, represented_as: None, at: Timestamp(9) };
        cast(&world.only_gate(), Status::Blocked, &vote, job)
    };
    let tess = Some(world.u("tess"));
    assert_eq!(start(&world, Some((When::OnSuccess, tess))), released(true));
    assert_eq!(start(&world, Some((When::Always, tess))), released(true));
    assert_eq!(start(&world, Some((When::Manual, tess))), released(false));
    assert_eq!(start(&world, Some((When::OnSuccess, Some(world.u("boss"))))), released(false));
    assert_eq!(start(&world, Some((When::OnSuccess, None))), released(false), "who triggered it is gone");
    assert_eq!(start(&world, None), released(false), "an outside tool goes on by itself");
    let by_hand = world.clone().last(|p| p.run_after_approval = RunAfterApproval::Manual);
    assert_eq!(start(&by_hand, Some((When::OnSuccess, tess))), released(false));
    let elsewhere = world.protect("top", &["30"], &[]).last(|p| p.run_after_approval = RunAfterApproval::Manual);
    assert_eq!(start(&elsewhere, Some((When::OnSuccess, tess))), released(false), "one that wants it suffices");
}
