//! Partial updates, judged as a whole (rest-contract 2.9, rules 1 to 9).

use super::super::check_update;
use super::*;
use crate::ids::EntryId;
use crate::refusal::Missing;

/// Protected: entries 1 (qa), 2 (maintainers) may deploy; rules 3 (qa, 2 approvals) and 4 (dev).
fn protected() -> World {
    world().protect("top/app", &["qa", "40"], &[("qa", 2), ("@dev", 1)]).last(|p| {
        p.deploy[0].echoed_level = Some(Role::Maintainer);
        p.deploy[0].inheritance = Inheritance::Inherited;
        p.required_approval_count = 3;
        p.run_after_approval = RunAfterApproval::Manual;
    })
}

fn update(world: &World, asked: &NewProtection) -> Result<Change> {
    check_update(asked, &world.protections[0], &world.dir)
}

fn update_deploy(world: &World, rows: &[NewEntry]) -> Result<Vec<EntryChange>> {
    update(world, &deploy(rows.to_vec())).map(|c| c.deploy)
}

fn update_rules(world: &World, rows: &[NewEntry]) -> Result<Vec<EntryChange>> {
    let asked = NewProtection { rules: Some(rows.to_vec()), ..NewProtection::default() };
    update(world, &asked).map(|c| c.rules)
}

fn kept(id: i64, row: NewEntry) -> NewEntry {
    NewEntry { id: Some(id), ..row }
}

fn destroyed(id: i64) -> NewEntry {
    NewEntry { destroy: true, ..kept(id, NewEntry::default()) }
}

#[test]
fn what_is_not_sent_is_not_touched() {
    let world = protected();
    let change = update(&world, &NewProtection::default()).unwrap();
    assert_eq!((change.deploy, change.rules), (vec![], vec![]));
    assert_eq!((change.required_approval_count, change.run_after_approval), (3, RunAfterApproval::Manual));
    let empty = NewProtection { rules: Some(vec![]), required_approval_count: Some(0), ..deploy(vec![]) };
    let change = update(&world, &empty).unwrap();
    assert_eq!((change.deploy, change.rules, change.required_approval_count), (vec![], vec![], 0));
}

#[test]
fn the_name_in_the_body_is_that_of_the_path() {
    let world = protected();
    let asked = NewProtection { name: Some("staging".into()), ..NewProtection::default() };
    assert_eq!(refused(update(&world, &asked)).1, "name");
    let count = NewProtection { required_approval_count: Some(-1), ..NewProtection::default() };
    assert_eq!(refused(update(&world, &count)).1, "required_approval_count");
}

#[test]
fn a_whole_list_keeps_adds_and_deletes_deletions_first_additions_last() {
    let world = protected();
    let list = [kept(1, row(&world, "qa")), row(&world, "@dev"), row(&world, "60"), destroyed(2)];
    let same = Proposed { inheritance: Inheritance::Inherited, ..content(world.who("qa")) };
    assert_eq!(
        update_deploy(&world, &list).unwrap(),
        [
            EntryChange::Delete(EntryId(2)),
            EntryChange::Update(EntryId(1), same),
            EntryChange::Add(content(world.who("@dev"))),
            EntryChange::Add(content(world.who("60"))),
        ]
    );
}

#[test]
fn fields_that_are_not_sent_keep_their_value() {
    let world = protected();
    let now = Proposed {
        echoed_level: Some(Role::Maintainer),
        inheritance: Inheritance::Inherited,
        ..content(world.who("qa"))
    };
    let bare = kept(1, NewEntry::default());
    assert_eq!(update_deploy(&world, &[bare]).unwrap(), [EntryChange::Update(EntryId(1), now)]);
    let direct = kept(3, NewEntry { group_inheritance_type: Some(1), ..NewEntry::default() });
    let expected = Proposed { inheritance: Inheritance::Inherited, required_approvals: 2, ..content(world.who("qa")) };
    assert_eq!(update_rules(&world, &[direct]).unwrap(), [EntryChange::Update(EntryId(3), expected)]);
}

#[test]
fn a_row_with_an_id_may_name_another_party_which_clears_the_previous_one() {
    let world = protected();
    for who in ["ops", "@dev", "30"] {
        let expected = Proposed { inheritance: Inheritance::Inherited, ..content(world.who(who)) };
        let change = update_deploy(&world, &[kept(1, row(&world, who))]).unwrap();
        assert_eq!(change, [EntryChange::Update(EntryId(1), expected)], "{who}");
    }
    let both = NewEntry { access_level: Some(40), ..kept(2, row(&world, "ops")) };
    let expected = Proposed { echoed_level: Some(Role::Maintainer), ..content(world.who("ops")) };
    assert_eq!(update_deploy(&world, &[both]).unwrap(), [EntryChange::Update(EntryId(2), expected)]);
    let rule = kept(3, row(&world, "ops"));
    let expected = Proposed { required_approvals: 2, ..content(world.who("ops")) };
    assert_eq!(update_rules(&world, &[rule]).unwrap(), [EntryChange::Update(EntryId(3), expected)]);
}

#[test]
fn uniqueness_is_judged_after_the_deletions() {
    let world = protected();
    assert!(update_deploy(&world, &[row(&world, "qa"), destroyed(1)]).is_ok());
    assert!(update_deploy(&world, &[kept(1, row(&world, "40")), kept(2, row(&world, "qa"))]).is_ok());
    assert!(update_deploy(&world, &[kept(1, row(&world, "40")), destroyed(2)]).is_ok());
    for twice in [vec![row(&world, "qa")], vec![kept(2, row(&world, "qa"))], rows(&world, &["@dev", "@dev"])] {
        assert_eq!(refused(update_deploy(&world, &twice)).0, Kind::Invalid, "{twice:?}");
    }
    let level_beside = NewEntry { access_level: Some(30), ..row(&world, "qa") };
    assert_eq!(refused(update_deploy(&world, &[level_beside])).0, Kind::Invalid, "the group decides");
}

#[test]
fn a_destroyed_rows_own_content_is_ignored_even_if_it_is_wrong() {
    let world = protected();
    let nonsense = NewEntry {
        user_id: Some(999),
        group_id: Some(999),
        access_level: Some(7),
        group_inheritance_type: Some(9),
        required_approvals: Some(-1),
        ..destroyed(3)
    };
    assert_eq!(update_rules(&world, &[nonsense]).unwrap(), [EntryChange::Delete(EntryId(3))]);
    let all = [destroyed(1), destroyed(2)];
    assert_eq!(update_deploy(&world, &all).unwrap().len(), 2, "an emptied list leaves administrators only");
    assert!(update_rules(&world, &[destroyed(3), destroyed(4)]).is_ok());
}

#[test]
fn an_id_of_another_protection_or_list_is_not_found() {
    let world = protected();
    for id in [99, 3, -1] {
        for entry in [kept(id, row(&world, "30")), destroyed(id)] {
            assert_eq!(update_deploy(&world, &[entry]), Err(Refusal::NotFound(Missing::Row)));
        }
    }
}

#[test]
fn an_entry_is_changed_once_or_deleted() {
    let world = protected();
    let twice = [kept(1, row(&world, "30")), kept(1, row(&world, "60"))];
    assert!(refused(update_deploy(&world, &twice)).2.contains("entry 1 twice"));
    let both = [kept(1, row(&world, "30")), destroyed(1)];
    assert!(refused(update_deploy(&world, &both)).2.contains("changes and deletes the entry 1"));
    let nameless = NewEntry { destroy: true, ..row(&world, "qa") };
    assert!(refused(update_deploy(&world, &[nameless])).2.contains("id is missing"));
}

#[test]
fn a_kept_row_succeeds_though_its_party_is_no_longer_assignable_but_a_new_one_must_be() {
    let mut world = protected();
    world.dir.invitations.clear();
    let world = world.leave("top", "dev");
    assert!(update_deploy(&world, &[kept(1, row(&world, "qa"))]).is_ok());
    assert!(update_rules(&world, &[kept(4, row(&world, "@dev")), kept(3, NewEntry::default())]).is_ok());
    assert_eq!(refused(update_deploy(&world, &[kept(2, row(&world, "ops"))])).0, Kind::Unprocessable);
    assert_eq!(refused(update_deploy(&world, &[row(&world, "@dev")])).0, Kind::Unprocessable);
    assert_eq!(refused(update_rules(&world, &[kept(3, row(&world, "@robot"))])).0, Kind::Unprocessable);
}

#[test]
fn one_wrong_row_refuses_the_whole_call() {
    let world = protected();
    let mut asked = deploy(vec![row(&world, "@dev"), destroyed(2)]);
    asked.rules = Some(vec![row(&world, "@rep")]);
    assert_eq!(refused(update(&world, &asked)).1, "approval_rules.user_id");
}

#[test]
fn lists_have_an_end() {
    let mut world = world();
    let names: Vec<String> = (0..101).map(|i| format!("d{i}")).collect();
    for name in &names {
        world = world.members("top", &[(name, 30)]);
    }
    let asked = |n: usize| deploy(names[..n].iter().map(|name| row(&world, &format!("@{name}"))).collect());
    assert!(create(&world, "top/app", &asked(100)).is_ok());
    assert!(refused(create(&world, "top/app", &asked(101))).2.contains("maximum is 100"));
}
