//! Administrators: a recorded override, or an ordinary vote where they match.

use super::*;

fn over(next: Next) -> Result<Voted> {
    Ok(Voted::Counted { replaces: None, over_the_rules: true, next })
}

#[test]
fn an_administrator_may_vote_on_what_others_triggered() {
    assert_eq!(world().cast(Approved, "root"), over(Next::StillBlocked));
    assert_eq!(world().cast(Rejected, "root"), over(Next::Rejected));
    assert_eq!(world().approved_by(&["root"]).pending(), 1, "one slot, as everybody");
    let last = world().approved_by(&["quin"]);
    assert_eq!(last.cast(Approved, "root"), over(Next::Released { start: true }));
    assert_eq!(last.blocked("root").cast(Approved, "root"), Err(Refusal::NotAPerson));
}

#[test]
fn it_fits_the_named_rules_or_else_every_rule() {
    assert_eq!(world().cast(Approved, "root as SEC"), over(Next::StillBlocked));
    let sec = world().approved_by(&["root as SEC"]);
    assert_eq!(sec.cast(Approved, "sam"), counted(Next::StillBlocked));
    assert_eq!(sec.cast(Approved, "quin"), released(true));
    let any = world().approved_by(&["root"]);
    assert_eq!(any.cast(Approved, "sam"), released(true));
    assert_eq!(any.cast(Approved, "quin"), released(true));
    assert_eq!(world().cast(Approved, "root as OPS"), Err(Refusal::UnknownRepresentation("OPS".into())));
}

#[test]
fn where_the_administrator_matches_the_rule_it_fills_it_is_an_ordinary_vote() {
    let in_sec = world().members("sec", &[("root", 10)]);
    assert_eq!(in_sec.cast(Approved, "root as SEC"), counted(Next::StillBlocked));
    assert_eq!(in_sec.cast(Approved, "root as QA"), over(Next::StillBlocked));
    assert_eq!(in_sec.cast(Approved, "root"), over(Next::StillBlocked), "the lowest rule is QA, which it fills");
    let qa_done = in_sec.clone().approved_by(&["quin"]);
    assert_eq!(qa_done.cast(Approved, "root"), released(true), "SEC is left, which the administrator matches");
    let sec_done = in_sec.clone().approved_by(&["sam"]);
    assert_eq!(sec_done.cast(Approved, "root"), over(Next::Released { start: true }));
    assert_eq!(in_sec.cast(Rejected, "root"), counted(Next::Rejected));
    assert_eq!(in_sec.cast(Rejected, "root as QA"), over(Next::Rejected));
    let named = world().protect("top", &["30"], &[("60", 1)]).approved_by(&["quin", "sam"]);
    assert_eq!(named.cast(Approved, "root"), released(true), "a rule that names administrators");
}

#[test]
fn an_orphaned_rule_is_never_overridden_but_the_administrator_may_still_say_no() {
    let orphan = world().last(|p| p.rules[1].entry.orphaned = true);
    assert_eq!(orphan.clone().approved_by(&["quin"]).cast(Approved, "root"), over(Next::StillBlocked));
    assert_eq!(orphan.clone().approved_by(&["quin", "root"]).pending(), 1);
    assert_eq!(orphan.clone().approved_by(&["quin", "root as SEC"]).pending(), 1);
    assert_eq!(orphan.cast(Approved, "root as SEC"), over(Next::StillBlocked), "accepted, and fills nothing");
    assert_eq!(orphan.clone().approved_by(&["quin", "sam", "both"]).pending(), 1, "members of what is gone");
    let all = orphan.last(|p| p.rules[0].entry.orphaned = true);
    assert_eq!(all.cast(Rejected, "root"), over(Next::Rejected));
    assert_eq!(all.cast(Approved, "root"), over(Next::StillBlocked));
    assert_eq!(all.cast(Approved, "quin"), Err(Refusal::NotEligible));
}

#[test]
fn a_rule_whose_party_is_not_assignable_counts_nobody_and_is_not_overridden_until_it_is_again() {
    let mut uninvited = world();
    uninvited.dir.invitations.clear();
    let uninvited = uninvited.invite("top/app", "qa", 20).approved_by(&["quin", "sam"]);
    assert_eq!(uninvited.pending(), 1);
    assert_eq!(uninvited.cast(Approved, "root"), over(Next::StillBlocked), "accepted, and fills nothing");
    assert_eq!(uninvited.invite("top/app", "sec", 20).pending(), 0);
}

#[test]
fn the_unified_count_can_be_overridden() {
    let unified = world().last(|p| p.rules.clear()).last(|p| p.required_approval_count = 1);
    assert_eq!(unified.cast(Approved, "root"), over(Next::Released { start: true }));
    let emptied = unified.last(|p| p.deploy.clear());
    assert_eq!(emptied.cast(Approved, "root"), over(Next::Released { start: false }));
    assert_eq!(emptied.cast(Approved, "dev"), Err(Refusal::NotEligible));
}

#[test]
fn an_override_ends_with_the_administrators_rights() {
    let voted = world().approved_by(&["quin", "root"]);
    assert_eq!(voted.pending(), 0);
    assert_eq!(voted.clone().person("root", |p| p.admin = false).pending(), 1);
    assert_eq!(voted.blocked("root").pending(), 1);
}

#[test]
fn the_flag_frees_an_administrator_who_triggered_for_that_levels_rules() {
    let world = world().triggered_by(&["root"]).protect("top", &["30"], &[("40", 1)]);
    let mut freed = world.clone();
    freed.protections[0].triggerer_may_approve = true;
    assert_eq!(freed.cast(Approved, "root"), over(Next::StillBlocked));
    assert_eq!(freed.cast(Approved, "root as Maintainers"), Err(Refusal::NotRepresenting("Maintainers".into())));
    assert_eq!(freed.clone().approved_by(&["quin", "sam", "root"]).pending(), 1);
    assert_eq!(world.cast(Approved, "root as QA"), Err(Refusal::OwnDeployment));
}
