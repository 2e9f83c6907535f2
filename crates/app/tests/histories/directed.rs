//! Histories that random ones hardly ever are.

use crate::act::Act;
use crate::oracle::jobs::Plan;
use crate::oracle::{Entry, Party, Right, Shield, Spot};
use crate::run::Stage;
use crate::world::ADMIN;

const SHOP: Spot = Spot::Project(0);
const DORA: usize = 4;
const DAN: usize = 5;

fn entry(party: Party) -> Entry {
    Entry { party, ancestors_too: false, required: 1 }
}

fn protect(rules: Vec<Entry>) -> Act {
    let deploy = vec![entry(Party::Role(30))];
    let shield = Shield { spot: SHOP, name: "production", deploy, rules, count: 0, by_hand: false };
    Act::Protect { by: ADMIN, shield }
}

const PLAN: Plan = Plan {
    stage: 0,
    when: "on_success",
    optional: false,
    environment: Some("production"),
    action: "start",
    tier: None,
};

fn deploy(by: usize) -> Act {
    Act::Pipeline { by, project: 0, sha: 0, plans: vec![PLAN] }
}

fn approve(by: usize) -> Act {
    Act::Vote { by, deployment: 0, yes: true, named: None, by_job: false }
}

fn check(acts: Vec<Act>) {
    Stage::empty().acts(acts).unwrap_or_else(|wrong| panic!("{wrong}"));
}

#[test]
fn a_rule_whose_person_leaves_is_not_filled_by_an_override_any_more() {
    let leaves = Act::Leave { spot: SHOP, user: DAN, keep_below: true };
    let returns = Act::Join { spot: SHOP, user: DAN, right: Right { level: 30, until: None } };
    check(vec![protect(vec![entry(Party::User(DAN))]), deploy(DORA), approve(ADMIN), leaves, returns, Act::Claim]);
}

#[test]
fn a_rule_whose_person_is_blocked_is_not_filled_by_an_override_any_more() {
    let block = |blocked| Act::Block { user: DAN, blocked };
    check(vec![protect(vec![entry(Party::User(DAN))]), deploy(DORA), approve(ADMIN), block(true), block(false)]);
}

#[test]
fn an_approved_job_that_is_blocked_anew_starts_again_for_whoever_triggered_it() {
    let by_admin = |required| Act::Edit {
        by: ADMIN,
        spot: SHOP,
        name: "production",
        edit: crate::oracle::policy::Edit::Require(0, required),
    };
    let play = Act::Play { by: DORA, job: 0 };
    let leave = Act::Leave { spot: SHOP, user: DAN, keep_below: true };
    let rules = vec![entry(Party::Role(40))];
    check(vec![protect(rules), deploy(DAN), leave, approve(ADMIN), play, by_admin(2), approve(3), Act::Claim]);
}

#[test]
fn a_job_that_came_back_is_not_handed_out_again_once_its_environment_is_protected() {
    for action in ["start", "verify"] {
        let mut plan = PLAN;
        plan.action = action;
        let create = Act::Pipeline { by: DORA, project: 0, sha: 0, plans: vec![plan] };
        let lose = Act::Lose { job: 0, taken_up: false };
        check(vec![create, Act::Claim, lose, protect(vec![]), Act::Claim, Act::Claim]);
    }
}

#[test]
fn approving_what_something_later_has_overtaken_fails_it() {
    let later = Act::Announce { by: DORA, project: 0, name: "production", status: "success", sha: 1 };
    let rules = vec![entry(Party::User(DAN))];
    check(vec![protect(rules), deploy(DORA), later, approve(DAN), Act::Claim, Act::Retry { by: DORA, job: 0 }]);
}
