//! Projects by what they are about and where they belong, and the groups around them.

use super::{InGroup, NewProject, Of, Wanted, code, list, make, named};
use crate::authorize::Ref;
use crate::fixture::{NOW, PUBLIC, World, in_group};
use crate::invitations::Invite;
use crate::projects::{WantedGroups, groups, share};
use countersign_domain::access::{Actor, Level};
use countersign_domain::ids::{GroupId, ProjectId};
use countersign_domain::time::Date;
use countersign_store::projects::active;
use countersign_store::testing::on_both;

fn found(world: &World<'_>, by: &Actor, wanted: Wanted) -> Vec<ProjectId> {
    let wanted = Wanted { limit: 9, ..wanted };
    let (rows, total) = world.read(by, move |tx, actor| list(tx, actor, &wanted, NOW)).unwrap();
    assert_eq!(usize::try_from(total).unwrap(), rows.len());
    rows.iter().map(|view| view.project.id).collect()
}

fn invite(world: &World<'_>, by: &Actor, project: ProjectId, group: GroupId, expires_at: Option<Date>) {
    let invite = Invite { group, level: Level::Developer, expires_at };
    world.write(by, move |tx, actor| share(tx, actor, &Ref::Id(project.0), &invite, NOW)).unwrap();
}

#[test]
fn a_groups_projects_are_its_own_those_below_and_those_it_is_invited_to() {
    on_both("projects_within", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let top = world.group(&ann, "top", None);
        let sub = world.group(&ann, "sub", Some(top));
        let other = world.group(&ann, "other", None);
        let own = world.project(&ann, "own", Some(top));
        let below = world.project(&ann, "below", Some(sub));
        let shared = world.project(&ann, "shared", Some(other));
        let over = world.project(&ann, "over", Some(other));
        invite(&world, &ann, shared, top, None);
        invite(&world, &ann, over, top, Date::parse("2026-11-22"));
        let of = |by: &Actor, own: bool, below: bool, shared: bool| {
            let of = Of::Group(Ref::Path("TOP".into()), InGroup { own, below, shared });
            found(&world, by, Wanted { of, ..Wanted::default() })
        };
        assert_eq!(of(&ann, true, false, false), [own]);
        assert_eq!(of(&ann, true, true, false), [own, below]);
        assert_eq!(of(&ann, true, true, true), [own, below, shared, over]);
        assert_eq!(of(&ann, false, false, true), [shared, over]);
        world.join(&in_group(top), &bob, Level::Guest);
        assert_eq!(of(&bob, false, false, true), [shared, over], "by the invitation, which bob has part in");
        let tomorrow = NOW.plus_ms(24 * 3600 * 1000);
        let wanted = Wanted { of: Of::Group(Ref::Id(top.0), InGroup::SHARED), limit: 9, ..Wanted::default() };
        assert_eq!(world.read(&ann, move |tx, by| list(tx, by, &wanted, tomorrow)).unwrap().1, 1);
        let mine = world.project(&bob, "mine", None);
        let open = make(&world, &bob, NewProject { visibility: PUBLIC, ..named("open") }).unwrap().project.id;
        for at in [Ref::Id(bob.user().unwrap().0), Ref::Path("BOB".into())] {
            let of = Wanted { of: Of::User(at), ..Wanted::default() };
            assert_eq!(found(&world, &bob, of.clone()), [mine, open]);
            assert_eq!(found(&world, &ann, of), [open]);
        }
        let nobody = Wanted { of: Of::User(Ref::Path("top".into())), limit: 9, ..Wanted::default() };
        assert_eq!(code(world.read(&ann, move |tx, by| list(tx, by, &nobody, NOW))), "not_found");
    });
}

#[test]
fn topics_and_activity_narrow_a_list() {
    on_both("projects_topics", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let about = |name: &str, topics: &[&str]| {
            let topics = topics.iter().map(|t| (*t).to_owned()).collect();
            make(&world, &ann, NewProject { topics, ..named(name) }).unwrap().project.id
        };
        let both = about("both", &["Web", "50%_off"]);
        let one = about("one", &["web", "shop", "a!b"]);
        about("none", &["webs", "a"]);
        let on = |topics: &[&str]| {
            let topics = topics.iter().map(|t| (*t).to_owned()).collect();
            found(&world, &ann, Wanted { topics, ..Wanted::default() })
        };
        assert_eq!(on(&["WEB"]), [both, one]);
        assert_eq!(on(&["web", "shop"]), [one]);
        assert_eq!(on(&["shop", "web", "Shop"]), [one]);
        assert_eq!(on(&["50%_off"]), [both]);
        assert_eq!(on(&["50%"]), []);
        assert_eq!(on(&["a!b"]), [one]);
        assert_eq!(on(&["we_"]), []);
        let later = NOW.plus_ms(1000);
        store.housekeeping_blocking(move |tx| Ok(active(tx, one, later)?)).unwrap();
        let after = Wanted { active_after: Some(NOW.plus_ms(500)), ..Wanted::default() };
        assert_eq!(found(&world, &ann, after), [one]);
        let before = Wanted { active_before: Some(NOW.plus_ms(500)), ..Wanted::default() };
        assert_eq!(found(&world, &ann, before).len(), 2);
    });
}

#[test]
fn the_groups_above_a_project_and_those_it_is_shared_with() {
    on_both("projects_groups", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let top = world.group(&ann, "top", None);
        let sub = world.group(&ann, "sub", Some(top));
        let guests = world.group(&ann, "guests", None);
        let project = world.project(&ann, "web", Some(sub));
        invite(&world, &ann, project, guests, None);
        let of = |by: &Actor, wanted: WantedGroups| {
            let wanted = WantedGroups { limit: if wanted.limit == 0 { 9 } else { wanted.limit }, ..wanted };
            let shown = world.read(by, move |tx, actor| groups(tx, actor, &Ref::Id(project.0), &wanted, NOW));
            shown.map(|(rows, total)| (rows.into_iter().map(|g| g.full_name).collect::<Vec<_>>(), total))
        };
        assert_eq!(of(&ann, WantedGroups::default()).unwrap(), (vec!["top".into(), "top / sub".into()], 2));
        let shared = WantedGroups { shared: true, ..WantedGroups::default() };
        assert_eq!(of(&ann, shared.clone()).unwrap().0, ["top", "top / sub", "guests"]);
        assert_eq!(of(&ann, WantedGroups { search: Some("GUE".into()), ..shared.clone() }).unwrap().0, ["guests"]);
        assert_eq!(of(&ann, WantedGroups { skip: vec![sub.0], ..shared.clone() }).unwrap().0, ["top", "guests"]);
        let second = WantedGroups { limit: 1, offset: 1, ..shared };
        assert_eq!(of(&ann, second).unwrap(), (vec!["top / sub".into()], 3));
        assert_eq!(code(of(&bob, WantedGroups::default())), "not_found");
    });
}
