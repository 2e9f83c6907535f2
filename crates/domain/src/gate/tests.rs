//! What the gate lets through: semantics, sections 3 and 4.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod outside;

use super::*;
use crate::job::When::{Always, Manual, OnSuccess};
use crate::testing::World;

/// `top/app` with a developer, a maintainer, a reporter, and operators who are no members.
fn world() -> World {
    World::new()
        .groups(&["top", "top/ops", "ops"])
        .project("top/app")
        .members("top/app", &[("dev", 30), ("main", 40), ("rep", 20)])
        .members("ops", &[("op", 10), ("rep", 10)])
        .members("top/ops", &[("op", 10)])
        .invite("top/app", "ops", 20)
        .admin("root")
        .person("out", |_| ())
}

/// Protected on the project: maintainers deploy, `ops` approves once; dev triggered.
fn asking() -> World {
    world().protect("top/app", &["40"], &[("ops", 1)]).triggered_by(&["main"])
}

fn may(world: &World, who: &str) -> bool {
    world.only_gate().may_deploy(world.u(who)).is_ok()
}

#[track_caller]
fn deployers(world: &World, expected: &[&str]) {
    let all = ["dev", "main", "rep", "op", "root", "out"];
    let found: Vec<_> = all.into_iter().filter(|who| may(world, who)).collect();
    assert_eq!(found, expected);
}

#[test]
fn an_unprotected_environment_is_open_to_developers_and_administrators() {
    deployers(&world(), &["dev", "main", "root"]);
    assert_eq!(world().only_gate().may_deploy(world().u("rep")), Err(Refusal::Role("Developer")));
    deployers(&world().blocked("dev").blocked("root"), &["main"]);
}

#[test]
fn a_protected_one_only_to_those_named_and_administrators() {
    deployers(&world().protect("top/app", &["30"], &[]), &["dev", "main", "root"]);
    deployers(&world().protect("top/app", &["40"], &[]), &["main", "root"]);
    deployers(&world().protect("top/app", &["@dev"], &[]), &["dev", "root"]);
    deployers(&world().protect("top/app", &["ops"], &[]), &["rep", "op", "root"]);
    deployers(&world().protect("top/app", &["60"], &[]), &["root"]);
    deployers(&world().protect("top/app", &[], &[]), &["root"]);
    deployers(&world().protect("top/app", &["@rep"], &[]), &["root"]);
    let out = world().protect("top/app", &["40"], &[]).only_gate();
    assert_eq!(out.may_deploy(world().u("out")), Err(Refusal::MayNotDeploy));
}

#[test]
fn approvers_are_not_thereby_deployers() {
    deployers(&asking(), &["main", "root"]);
}

#[test]
fn whoever_plays_a_job_gives_it_no_variables_where_something_is_or_was_to_be_approved() {
    let without_approval = world().protect("top/app", &["40"], &[]);
    assert!(world().only_gate().admits_job_variables(false));
    assert!(without_approval.only_gate().admits_job_variables(false));
    assert!(!without_approval.only_gate().admits_job_variables(true));
    assert!(!asking().only_gate().admits_job_variables(false));
}

#[test]
fn one_must_be_allowed_in_each_protection() {
    let both = world().protect("top/app", &["30", "ops"], &[]).protect("top", &["top/ops"], &[]);
    deployers(&both, &["op", "root"]);
    let roles = world().protect("top/app", &["30"], &[]).protect("top", &["30"], &[]);
    deployers(&roles, &["root"]);
    deployers(&roles.members("top", &[("main", 30)]), &["main", "root"]);
}

#[test]
fn sight_is_the_best_any_protection_gives() {
    let world = asking().protect("top", &["top/ops"], &[]);
    let sight = |w: &World, who: &str| w.only_gate().sight(w.u(who));
    assert_eq!(sight(&asking(), "op"), Sight::Approve);
    assert_eq!(sight(&world, "op"), Sight::Deploy);
    assert_eq!(sight(&world, "main"), Sight::Deploy);
    assert_eq!([sight(&world, "out"), sight(&world, "dev"), sight(&world, "root")], [Sight::None; 3]);
}

fn turn(world: &World, when: When, who: &str) -> Turn {
    world.only_gate().turn(when, Some(world.u(who)))
}

#[test]
fn without_approval_needed_a_job_runs_for_those_who_may_fails_for_others_and_waits_if_manual() {
    let world = world().protect("top/app", &["40"], &[]);
    let refused = Turn::Fail(FailureReason::ProtectedEnvironment);
    for when in [OnSuccess, Always] {
        assert_eq!(turn(&world, when, "main"), Turn::Enqueue);
        assert_eq!(turn(&world, when, "root"), Turn::Enqueue);
        assert_eq!(turn(&world, when, "dev"), refused);
        assert_eq!(world.only_gate().turn(when, None), refused);
    }
    assert_eq!(turn(&world, Manual, "main"), Turn::Offer);
    assert_eq!(turn(&world, Manual, "dev"), Turn::Offer);
}

#[test]
fn where_approval_is_needed_every_start_job_is_blocked_even_a_manual_one() {
    for when in [OnSuccess, Always, Manual] {
        for who in ["main", "dev", "root"] {
            assert_eq!(turn(&asking(), when, who), Turn::Block);
        }
    }
    assert_eq!(turn(&world().unified("top/app", &["40"], 1), OnSuccess, "main"), Turn::Block);
    let given = asking().approved_by(&["op"]);
    assert_eq!(turn(&given, OnSuccess, "main"), Turn::Enqueue);
    assert_eq!(turn(&given, OnSuccess, "dev"), Turn::Offer, "it needed approval, so it is played by someone who may");
}

#[test]
fn a_job_that_does_not_deploy_is_never_asked_for_approval_but_guarded_all_the_same() {
    let mut world = asking();
    world.deploys = false;
    let gate = world.only_gate();
    assert!(!gate.asks_approval() && !gate.lacks_approval() && gate.is_protected());
    assert_eq!(turn(&world, OnSuccess, "main"), Turn::Enqueue);
    assert_eq!(turn(&world, OnSuccess, "dev"), Turn::Fail(FailureReason::ProtectedEnvironment));
    assert_eq!(gate.claim(Some(world.u("dev"))), Claim::Hold);
    assert_eq!(gate.check_play(world.u("dev")), Err(Refusal::MayNotDeploy));
    assert_eq!(gate.check_play(world.u("main")), Ok(()));
}

#[test]
fn on_an_unprotected_environment_a_triggerer_who_lost_access_leaves_the_job_to_others() {
    assert_eq!(turn(&world(), OnSuccess, "dev"), Turn::Enqueue);
    assert_eq!(turn(&world(), OnSuccess, "rep"), Turn::Offer);
    assert_eq!(turn(&world().blocked("dev"), OnSuccess, "dev"), Turn::Offer);
}

#[test]
fn the_claim_checks_approval_first_and_then_who_started_the_job() {
    let claim = |w: &World, who: &str| w.only_gate().claim(Some(w.u(who)));
    assert_eq!(claim(&asking(), "main"), Claim::Block);
    assert_eq!(claim(&asking(), "out"), Claim::Block);
    let given = asking().approved_by(&["op"]);
    assert_eq!(claim(&given, "main"), Claim::Open);
    assert_eq!(claim(&given, "root"), Claim::Open);
    assert_eq!(claim(&given, "op"), Claim::Hold);
    assert_eq!(given.only_gate().claim(None), Claim::Hold);
    assert_eq!(claim(&given.clone().blocked("main"), "main"), Claim::Hold);
    assert_eq!(claim(&given.clone().leave("top/app", "main"), "main"), Claim::Hold);
    assert_eq!(claim(&given.leave("ops", "op"), "main"), Claim::Block);
    assert_eq!(claim(&world(), "dev"), Claim::Open);
}

#[test]
fn what_something_later_has_overtaken_fails_and_is_neither_played_nor_reported() {
    let (plain, asked) = (world().outdated(), asking().outdated());
    let failed = Turn::Fail(FailureReason::Outdated);
    assert_eq!((turn(&plain, OnSuccess, "dev"), turn(&asked, Always, "main")), (failed, failed));
    assert_eq!((turn(&plain, Manual, "dev"), turn(&asked, Manual, "main")), (Turn::Offer, Turn::Block));
    let given = asked.clone().approved_by(&["op"]);
    for (world, who) in [(&plain, "dev"), (&asked, "main"), (&given, "main"), (&given, "root")] {
        let (gate, user) = (world.only_gate(), world.u(who));
        assert_eq!(gate.claim(Some(user)), Claim::Outdated);
        assert_eq!((gate.check_play(user), gate.check_report(user)), (Err(Refusal::Outdated), Err(Refusal::Outdated)));
    }
    assert_eq!(given.only_gate().check_play(given.u("out")), Err(Refusal::MayNotDeploy), "permission comes first");
    let running = Some(DeploymentStatus::Running);
    assert_eq!(plain.only_gate().claim_at(running, Some(plain.u("dev"))), Claim::Outdated, "it came back untouched");
    assert_eq!(asked.only_gate().reassess(DeploymentStatus::Created), Some(Reassessed::Block));
}

#[test]
fn an_approver_may_play_if_allowed_to_deploy() {
    let world = world().unified("top/app", &["40", "@dev"], 1).triggered_by(&["main"]);
    assert!(world.clone().approved_by(&["dev"]).only_gate().check_play(world.u("dev")).is_ok());
}

#[test]
fn playing_needs_permission_first_and_then_approval() {
    let blocked = asking().last(|p| p.rules[0].required_approvals = 2);
    let play = |w: &World, who: &str| w.only_gate().check_play(w.u(who));
    assert_eq!(play(&blocked, "op"), Err(Refusal::MayNotDeploy));
    let Err(Refusal::Unplayable(why)) = play(&blocked, "main") else { panic!("played while blocked") };
    assert_eq!(why, "Unplayable Job: its deployment is blocked and still needs 2 approvals");
    let Err(Refusal::Unplayable(why)) = play(&blocked.approved_by(&["op"]), "root") else { panic!("played") };
    assert!(why.ends_with("still needs 1 approval"), "{why}");
    assert_eq!(play(&asking().approved_by(&["op"]), "main"), Ok(()));
}

#[test]
fn reporting_running_or_success_is_the_claim_of_outside_tools() {
    let report = |w: &World, who: &str| w.only_gate().check_report(w.u(who));
    assert_eq!(report(&asking(), "op"), Err(Refusal::MayNotDeploy));
    assert_eq!(report(&asking(), "main"), Err(Refusal::NotApproved(1)));
    assert_eq!(report(&asking().approved_by(&["op"]), "main"), Ok(()));
    assert_eq!(report(&world(), "dev"), Ok(()));
}

#[test]
fn changes_release_and_block_what_is_pending_and_nothing_else() {
    let reassess = |w: &World, status| w.only_gate().reassess(status);
    use DeploymentStatus::*;
    let given = asking().approved_by(&["op"]);
    assert_eq!(reassess(&given, Blocked), Some(Reassessed::Release));
    assert_eq!(reassess(&given, Created), None);
    assert_eq!(reassess(&asking(), Created), Some(Reassessed::Block));
    assert_eq!(reassess(&asking(), Blocked), None);
    assert_eq!(reassess(&world(), Blocked), Some(Reassessed::Release), "unprotected");
    assert_eq!(reassess(&given.clone().leave("ops", "op"), Created), Some(Reassessed::Block));
    assert_eq!(reassess(&given.last(|p| p.rules[0].entry.orphaned = true), Created), Some(Reassessed::Block));
    for status in [Running, Success, Failed, Canceled, Skipped] {
        assert_eq!([reassess(&asking(), status), reassess(&world(), status)], [None; 2]);
    }
}

#[test]
fn a_job_that_asked_for_approval_starts_by_itself_only_if_nothing_speaks_against_it() {
    let starts = |w: &World, when, who: &str| w.only_gate().starts_by_itself(when, Some(w.u(who)));
    assert!(starts(&asking(), OnSuccess, "main") && starts(&asking(), Always, "root"));
    assert!(!starts(&asking(), Manual, "main") && !starts(&asking(), OnSuccess, "dev"));
    assert!(!asking().only_gate().starts_by_itself(OnSuccess, None));
    let by_hand = asking().last(|p| p.run_after_approval = RunAfterApproval::Manual);
    assert!(!starts(&by_hand, OnSuccess, "main"));
}

#[test]
fn a_protection_covers_its_own_name_or_tier() {
    use crate::environment::Tier::{Other, Production, Staging};
    let world = world().protect("top/app", &["30"], &[]).protect("top", &["30"], &[]);
    let [project, group] = &world.protections[..] else { panic!("two") };
    assert!(project.covers("production", &[Other].into()) && !project.covers("Production", &[Production].into()));
    assert!(group.covers("anything", &[Staging, Production].into()) && !group.covers("production", &[Other].into()));
}

#[test]
fn nothing_starts_in_an_archived_project() {
    for world in [world(), asking(), world().protect("top/app", &["40"], &[])] {
        let mut gate = world.only_gate();
        gate.directory.archived.insert(gate.project);
        for who in ["main", "root"] {
            assert_eq!(gate.may_deploy(world.u(who)), Err(Refusal::Archived), "{who}");
            assert_ne!(gate.claim(Some(world.u(who))), Claim::Open, "{who}");
        }
        assert_ne!(gate.turn(OnSuccess, Some(world.u("main"))), Turn::Enqueue);
        assert!(!matches!(gate.turn(OnSuccess, Some(world.u("main"))), Turn::Fail(_)));
    }
}
