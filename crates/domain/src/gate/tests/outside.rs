//! Reports of outside tools: semantics, section 4 (*Outside deployments*).

use super::*;
use crate::refusal::Kind;
use DeploymentEvent::{Cancel, Fail, Run, Succeed};
use DeploymentStatus::{Blocked, Canceled, Created, Failed, Running, Success};

fn unclaimed(status: DeploymentStatus) -> Outside {
    Outside { status, has_job: false, is_final: false, claimed: false }
}

fn claimed(status: DeploymentStatus) -> Outside {
    Outside { claimed: true, ..unclaimed(status) }
}

fn report(world: &World, of: Outside, who: &str, event: DeploymentEvent) -> Result<()> {
    check_update(&of, &world.only_gate(), world.u(who), event)
}

#[test]
fn while_blocked_it_can_only_end_badly() {
    for event in [Run, Succeed] {
        let why = report(&asking(), unclaimed(Blocked), "main", event).unwrap_err();
        assert_eq!((why.kind(), why), (Kind::Forbidden, Refusal::NotApproved(1)));
    }
    assert_eq!(report(&asking(), unclaimed(Blocked), "main", Fail), Ok(()));
    assert_eq!(report(&asking(), unclaimed(Blocked), "main", Cancel), Ok(()));
}

#[test]
fn after_approval_anybody_allowed_to_deploy_goes_on() {
    let given = asking().approved_by(&["op"]);
    for who in ["main", "root"] {
        assert_eq!(report(&given, unclaimed(Created), who, Run), Ok(()));
        assert_eq!(report(&given, unclaimed(Created), who, Succeed), Ok(()));
        assert_eq!(report(&given, claimed(Running), who, Succeed), Ok(()));
    }
    for event in [Run, Succeed, Fail, Cancel] {
        assert_eq!(report(&given, unclaimed(Created), "op", event), Err(Refusal::MayNotDeploy));
    }
}

#[test]
fn leaving_created_for_running_or_success_is_the_claim_after_which_approval_is_asked_no_more() {
    for event in [Run, Succeed] {
        assert_eq!(report(&asking(), unclaimed(Created), "main", event), Err(Refusal::NotApproved(1)));
    }
    assert_eq!(report(&asking(), claimed(Running), "main", Succeed), Ok(()));
    assert_eq!(report(&asking(), claimed(Failed), "main", Succeed), Ok(()));
    assert_eq!(report(&asking(), unclaimed(Failed), "main", Succeed), Err(Refusal::NotApproved(1)));
    assert_eq!(report(&asking(), unclaimed(Canceled), "main", Succeed), Err(Refusal::NotApproved(1)));
}

#[test]
fn jobs_and_what_is_final_are_out_of_reach() {
    for event in [Run, Succeed, Fail, Cancel] {
        let of_job = Outside { has_job: true, is_final: true, ..claimed(Running) };
        assert_eq!(report(&world(), of_job, "dev", event), Err(Refusal::HasJob));
        let done = Outside { is_final: true, ..unclaimed(Failed) };
        assert_eq!(report(&asking(), done, "root", event), Err(Refusal::Final));
    }
}

#[test]
fn what_the_table_has_not_is_invalid() {
    for (status, event) in [(Success, Succeed), (Failed, Fail), (Failed, Run), (Success, Run), (Running, Run)] {
        let why = report(&world(), claimed(status), "dev", event).unwrap_err();
        assert_eq!(why.kind(), Kind::Invalid, "{status:?} {event:?}");
    }
}
