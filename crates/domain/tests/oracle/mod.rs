//! A second, naive reading of semantics, sections 1, 3 and 4: what is *true* of a small world, found by trying out.
//!
//! It shares nothing with the code under test, not even its types: people, groups and levels are plain numbers, and
//! every question is answered from the sentences of the document, however slowly.

pub(crate) mod approval;

/// How many days are left until something's date; `None` for ever. On the date itself (0) it is dead.
pub(crate) type DaysLeft = Option<i64>;

/// Where something lives. There is one project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spot {
    Project,
    Group(usize),
}

/// The project's home: a group, or somebody's personal namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    Group(usize),
    Personal(usize),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) admin: bool,
    pub(crate) bot: bool,
    pub(crate) blocked: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) spot: Spot,
    pub(crate) user: usize,
    pub(crate) level: i64,
    pub(crate) left: DaysLeft,
}

/// A group invited to a spot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) spot: Spot,
    pub(crate) group: usize,
    pub(crate) level: i64,
    pub(crate) left: DaysLeft,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Party {
    User(usize),
    Group(usize),
    Role(i64),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) id: i64,
    pub(crate) party: Party,
    pub(crate) ancestors_too: bool,
    pub(crate) orphaned: bool,
}

/// A protection that applies.
#[derive(Debug, Clone)]
pub(crate) struct Shield {
    pub(crate) id: i64,
    pub(crate) spot: Spot,
    pub(crate) deploy: Vec<Entry>,
    pub(crate) rules: Vec<(Entry, u32)>,
    pub(crate) count: u32,
    pub(crate) triggerer_may_approve: bool,
    pub(crate) by_hand: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Ballot {
    pub(crate) id: i64,
    pub(crate) at: i64,
    pub(crate) user: usize,
    pub(crate) yes: bool,
    pub(crate) named: Option<String>,
}

/// One project, one deployment of it, and everything that decides about that.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) people: Vec<Person>,
    pub(crate) parents: Vec<Option<usize>>,
    pub(crate) home: Home,
    pub(crate) members: Vec<Member>,
    pub(crate) shares: Vec<Share>,
    pub(crate) shields: Vec<Shield>,
    pub(crate) deploys: bool,
    pub(crate) initiators: Vec<usize>,
    pub(crate) ballots: Vec<Ballot>,
}

fn alive(left: DaysLeft) -> bool {
    match left {
        None => true,
        Some(days) => days >= 1,
    }
}

impl World {
    /// A group and all above it.
    pub(crate) fn upwards(&self, group: usize) -> Vec<usize> {
        let mut found = vec![group];
        if let Some(parent) = self.parents[group] {
            found.extend(self.upwards(parent));
        }
        found
    }

    /// The groups the project lives in.
    pub(crate) fn above_project(&self) -> Vec<usize> {
        match self.home {
            Home::Group(group) => self.upwards(group),
            Home::Personal(_) => vec![],
        }
    }

    fn row(&self, user: usize, spot: Spot) -> i64 {
        let mut best = 0;
        for member in &self.members {
            if member.user == user && member.spot == spot && alive(member.left) && !self.people[user].blocked {
                best = best.max(member.level);
            }
        }
        best
    }

    fn row_or_above(&self, user: usize, group: usize) -> i64 {
        self.upwards(group).into_iter().map(|g| self.row(user, Spot::Group(g))).max().unwrap_or(0)
    }

    /// Effective access on a group.
    pub(crate) fn on_group(&self, user: usize, group: usize) -> i64 {
        let mut best = self.row_or_above(user, group);
        for share in &self.shares {
            let here = matches!(share.spot, Spot::Group(to) if self.upwards(group).contains(&to));
            if here && alive(share.left) {
                best = best.max(share.level.min(self.row(user, Spot::Group(share.group))));
            }
        }
        best
    }

    /// Effective access on the project.
    pub(crate) fn on_project(&self, user: usize) -> i64 {
        let mut best = self.row(user, Spot::Project);
        match self.home {
            Home::Group(group) => best = best.max(self.on_group(user, group)),
            Home::Personal(owner) if owner == user && !self.people[user].blocked => best = 50,
            Home::Personal(_) => {}
        }
        for share in &self.shares {
            if share.spot == Spot::Project && alive(share.left) {
                best = best.max(share.level.min(self.row_or_above(user, share.group)));
            }
        }
        if best == 5 { 0 } else { best }
    }

    /// Whether a party may be named by a protection of that spot.
    pub(crate) fn assignable(&self, party: Party, spot: Spot) -> bool {
        match (party, spot) {
            (Party::Role(_), _) => true,
            (Party::User(user), Spot::Project) => self.on_project(user) >= 30,
            (Party::User(user), Spot::Group(group)) => self.on_group(user, group) >= 40,
            (Party::Group(named), Spot::Project) => {
                let invited = |s: &Share| s.spot == Spot::Project && s.group == named && s.level >= 20 && alive(s.left);
                self.above_project().contains(&named) || self.shares.iter().any(invited)
            }
            (Party::Group(named), Spot::Group(group)) => named != group && self.upwards(named).contains(&group),
        }
    }

    /// Whether an entry of a protection of that spot counts a person.
    pub(crate) fn counts(&self, user: usize, entry: &Entry, spot: Spot) -> bool {
        if self.people[user].blocked || entry.orphaned || !self.assignable(entry.party, spot) {
            return false;
        }
        match entry.party {
            Party::User(named) => named == user,
            Party::Group(group) if entry.ancestors_too => self.row_or_above(user, group) >= 10,
            Party::Group(group) => self.row(user, Spot::Group(group)) >= 10,
            Party::Role(60) => self.people[user].admin,
            Party::Role(level) => match spot {
                Spot::Project => self.on_project(user) >= level,
                Spot::Group(group) => self.on_group(user, group) >= level,
            },
        }
    }

    /// Whether a person is on a protection's list of those who may deploy.
    pub(crate) fn listed(&self, user: usize, shield: &Shield) -> bool {
        shield.deploy.iter().any(|e| self.counts(user, e, shield.spot))
    }

    /// Whether a person may deploy.
    pub(crate) fn may_deploy(&self, user: usize) -> bool {
        if self.people[user].blocked {
            return false;
        }
        if self.people[user].admin {
            return true;
        }
        if self.shields.is_empty() {
            return self.on_project(user) >= 30;
        }
        self.shields.iter().all(|s| self.listed(user, s))
    }

    /// Whether a person is named by some rule, and whether by some deploy entry.
    pub(crate) fn named(&self, user: usize) -> (bool, bool) {
        let by_rule = |s: &Shield| s.rules.iter().any(|(e, _)| self.counts(user, e, s.spot));
        (self.shields.iter().any(by_rule), self.shields.iter().any(|s| self.listed(user, s)))
    }
}
