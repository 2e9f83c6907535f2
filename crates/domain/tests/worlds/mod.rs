//! Random small worlds of the oracle, and the same worlds in the terms of the code under test.

use crate::oracle::approval::names;
use crate::oracle::{Ballot, DaysLeft, Entry, Home, Member, Party, Person, Share, Shield, Spot, World};
use countersign_domain::access::{self, Directory, Level, Place};
use countersign_domain::approval::{Verdict, Vote};
use countersign_domain::gate::Gate;
use countersign_domain::ids::{EntryId, GroupId, ProjectId, ProtectionId, UserId, VoteId};
use countersign_domain::protection::{self, Inheritance, Principal, Protection, Role, Rule, RunAfterApproval, Scope};
use countersign_domain::time::{Date, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

/// How many people and groups there are.
pub(crate) const USERS: usize = 5;
pub(crate) const GROUPS: usize = 4;
const PROJECT: ProjectId = ProjectId(77);

fn people() -> impl Strategy<Value = Vec<Person>> {
    let person = (prop::bool::weighted(0.2), prop::bool::weighted(0.07), prop::bool::weighted(0.07));
    vec(person.prop_map(|(admin, bot, blocked)| Person { admin, bot, blocked }), USERS)
}

fn left() -> impl Strategy<Value = DaysLeft> {
    prop_oneof![8 => Just(None), 1 => (-1i64..=2).prop_map(Some)]
}

fn level() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![5i64, 10, 15, 20, 30, 30, 40, 40, 50])
}

fn spot() -> impl Strategy<Value = Spot> {
    prop_oneof![1 => Just(Spot::Project), 3 => (0..GROUPS).prop_map(Spot::Group)]
}

/// At most one membership per person and spot, as everywhere.
fn members() -> impl Strategy<Value = Vec<Member>> {
    let member = (spot(), 0..USERS, level(), left());
    let member = member.prop_map(|(spot, user, level, left)| Member { spot, user, level, left });
    vec(member, 6..32).prop_map(|all| {
        let mut kept: Vec<Member> = vec![];
        for member in all {
            if !kept.iter().any(|k| k.spot == member.spot && k.user == member.user) {
                kept.push(member);
            }
        }
        kept
    })
}

fn shares() -> impl Strategy<Value = Vec<Share>> {
    let spot = prop_oneof![3 => Just(Spot::Project), 1 => (0..GROUPS).prop_map(Spot::Group)];
    let share = (spot, 0..GROUPS, level(), left());
    vec(share.prop_map(|(spot, group, level, left)| Share { spot, group, level, left }), 0..7)
}

fn party() -> impl Strategy<Value = Party> {
    prop_oneof![
        2 => (0..USERS).prop_map(Party::User),
        4 => (0..GROUPS).prop_map(Party::Group),
        2 => prop::sample::select(vec![30i64, 40, 60]).prop_map(Party::Role),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let entry = (party(), any::<bool>(), prop::bool::weighted(0.03));
    entry.prop_map(|(party, ancestors_too, orphaned)| Entry { id: 0, party, ancestors_too, orphaned })
}

/// A protection; which of the project's groups it lives in is decided later, by a number.
fn shield() -> impl Strategy<Value = (usize, Shield)> {
    let required = prop_oneof![3 => Just(1u32), 1 => Just(2)];
    let rules = prop_oneof![1 => Just(vec![]), 3 => vec((entry(), required), 1..3)];
    let flags = (prop::bool::weighted(0.3), prop::bool::weighted(0.2));
    (0usize..4, vec(entry(), 0..4), rules, 0u32..3, flags).prop_map(|(place, deploy, rules, count, flags)| {
        let (triggerer_may_approve, by_hand) = flags;
        (place, Shield { id: 0, spot: Spot::Project, deploy, rules, count, triggerer_may_approve, by_hand })
    })
}

/// A name to vote under.
pub(crate) fn named() -> impl Strategy<Value = Option<String>> {
    let name = (party(), any::<bool>()).prop_map(|(p, last)| {
        let all = names(p);
        let name = if last { all.last() } else { all.first() };
        name.cloned()
    });
    prop_oneof![12 => Just(None), 1 => Just(Some(String::new())), 4 => name]
}

/// At most one vote per person; times may coincide.
fn ballots() -> impl Strategy<Value = Vec<Ballot>> {
    let ballot = (0..USERS, prop::bool::weighted(0.9), named(), 0i64..4);
    vec(ballot, 2..20).prop_map(|all| {
        let mut kept: Vec<Ballot> = vec![];
        for (i, (user, yes, named, at)) in all.into_iter().enumerate() {
            if !kept.iter().any(|k| k.user == user) {
                kept.push(Ballot { id: i as i64 + 1, at, user, yes, named });
            }
        }
        kept
    })
}

/// A world with everything in it.
pub(crate) fn worlds() -> impl Strategy<Value = World> {
    let home = prop_oneof![9 => (0..GROUPS).prop_map(Home::Group), 1 => (0..USERS).prop_map(Home::Personal)];
    let parents = vec(prop::option::weighted(0.7, 0..GROUPS), GROUPS);
    let places = (parents, home, members(), shares());
    let votes =
        (prop::bool::weighted(0.95), prop_oneof![5 => vec(0..USERS, 1..2), 1 => vec(0..USERS, 2..3)], ballots());
    (
        people(),
        places,
        prop_oneof![1 => Just(0usize..1), 5 => Just(1..2), 4 => Just(2..4)].prop_flat_map(|n| vec(shield(), n)),
        any::<bool>(),
        votes,
    )
        .prop_map(|(people, places, shields, down, votes)| {
            let (parents, home, members, shares) = places;
            let parents = parents.into_iter().enumerate().map(|(i, p)| p.filter(|p| *p < i)).collect();
            let (deploys, initiators, ballots) = votes;
            let mut world =
                World { people, parents, home, members, shares, shields: vec![], deploys, initiators, ballots };
            world.shields = settle(&world, shields, down);
            world
        })
}

/// Gives protections a place and everything an id, ascending or descending.
fn settle(world: &World, shields: Vec<(usize, Shield)>, down: bool) -> Vec<Shield> {
    let above = world.above_project();
    let mut next = if down { 1000 } else { 0 };
    let mut id = || {
        next += if down { -1 } else { 1 };
        next
    };
    let settled = shields.into_iter().map(|(place, mut shield)| {
        shield.id = id();
        shield.spot = place.checked_sub(1).and_then(|i| above.get(i)).map_or(Spot::Project, |g| Spot::Group(*g));
        shield.deploy.iter_mut().for_each(|e| e.id = id());
        shield.rules.iter_mut().for_each(|(e, _)| e.id = id());
        shield
    });
    settled.collect()
}

pub(crate) fn user_id(user: usize) -> UserId {
    UserId(user as i64 + 1)
}

pub(crate) fn group_id(group: usize) -> GroupId {
    GroupId(group as i64 + 1)
}

fn place(spot: Spot) -> Place {
    match spot {
        Spot::Project => Place::Project(PROJECT),
        Spot::Group(group) => Place::Group(group_id(group)),
    }
}

/// Where a protection of that spot lives.
pub(crate) fn scope(spot: Spot) -> Scope {
    match spot {
        Spot::Project => Scope::Project(PROJECT),
        Spot::Group(group) => Scope::Group(group_id(group)),
    }
}

/// The party in the terms of the code under test.
pub(crate) fn principal(party: Party) -> Principal {
    match party {
        Party::User(user) => Principal::User(user_id(user)),
        Party::Group(group) => Principal::Group(group_id(group)),
        Party::Role(30) => Principal::Role(Role::Developer),
        Party::Role(40) => Principal::Role(Role::Maintainer),
        Party::Role(_) => Principal::Role(Role::Administrator),
    }
}

/// The entry in the terms of the code under test.
pub(crate) fn real_entry(entry: &Entry) -> protection::Entry {
    let names = names(entry.party);
    protection::Entry {
        id: EntryId(entry.id),
        principal: principal(entry.party),
        echoed_level: None,
        inheritance: if entry.ancestors_too { Inheritance::Inherited } else { Inheritance::Direct },
        description: names[0].clone(),
        path: names.get(1).cloned(),
        orphaned: entry.orphaned,
    }
}

fn real_shield(shield: &Shield) -> Protection {
    let rule = |(entry, required): &(Entry, u32)| Rule { entry: real_entry(entry), required_approvals: *required };
    Protection {
        id: ProtectionId(shield.id),
        scope: scope(shield.spot),
        name: "production".into(),
        run_after_approval: if shield.by_hand { RunAfterApproval::Manual } else { RunAfterApproval::Automatic },
        deploy: shield.deploy.iter().map(real_entry).collect(),
        rules: shield.rules.iter().map(rule).collect(),
        required_approval_count: shield.count,
        triggerer_may_approve: shield.triggerer_may_approve,
    }
}

fn directory(world: &World) -> Directory {
    let today = Date::parse("2028-02-29").unwrap();
    let expires_at =
        |left: DaysLeft| left.map(|days| Date(today.0.checked_add_signed(chrono::TimeDelta::days(days)).unwrap()));
    let mut directory = Directory::new(today);
    for (i, p) in world.people.iter().enumerate() {
        let person = access::Person { id: user_id(i), admin: p.admin, bot: p.bot, active: !p.blocked, external: false };
        directory.people.insert(user_id(i), person);
    }
    let parents = world.parents.iter().enumerate();
    directory.parents = parents.map(|(i, p)| (group_id(i), p.map(group_id))).collect();
    let home = match world.home {
        Home::Group(group) => access::Home::Group(group_id(group)),
        Home::Personal(user) => access::Home::Personal(user_id(user)),
    };
    directory.homes.insert(PROJECT, home);
    for m in &world.members {
        let level = Level::from_number(m.level).unwrap();
        let row = access::Membership { level, expires_at: expires_at(m.left) };
        directory.members.insert((place(m.spot), user_id(m.user)), row);
    }
    for s in &world.shares {
        let level = Level::from_number(s.level).unwrap();
        let row = access::Invitation { group: group_id(s.group), level, expires_at: expires_at(s.left) };
        directory.invitations.entry(place(s.spot)).or_default().push(row);
    }
    directory
}

/// The vote in the terms of the code under test.
pub(crate) fn real_vote(ballot: &Ballot) -> Vote {
    Vote {
        id: VoteId(ballot.id),
        voter: user_id(ballot.user),
        verdict: if ballot.yes { Verdict::Approved } else { Verdict::Rejected },
        comment: None,
        represented_as: ballot.named.clone(),
        at: Timestamp(ballot.at),
    }
}

/// The world in the terms of the code under test.
pub(crate) fn gate(world: &World) -> Gate {
    Gate {
        directory: directory(world),
        project: PROJECT,
        protections: world.shields.iter().map(real_shield).collect(),
        deploys: world.deploys,
        initiators: world.initiators.iter().map(|u| user_id(*u)).collect(),
        votes: world.ballots.iter().map(real_vote).collect(),
        forward: None,
    }
}
