//! Who belongs where, and what that allows.

use super::{Aim, Entry, Group, No, Oracle, Party, Project, Right, Shield, Spot, User};

impl Oracle {
    pub(super) fn lives(&self, right: &Right) -> bool {
        right.until.is_none_or(|day| self.day < day)
    }

    /// A group and all above it.
    pub(crate) fn upwards(&self, group: Group) -> Vec<Group> {
        let mut found = vec![group];
        while let Some(parent) = self.parents[found[found.len() - 1]] {
            found.push(parent);
        }
        found
    }

    fn row(&self, user: User, spot: Spot) -> i64 {
        let right = self.members.get(&(spot, user)).filter(|r| self.lives(r) && !self.people[user].blocked);
        right.map_or(0, |r| r.level)
    }

    fn row_or_above(&self, user: User, group: Group) -> i64 {
        self.upwards(group).into_iter().map(|g| self.row(user, Spot::Group(g))).max().unwrap_or(0)
    }

    fn living_shares(&self) -> impl Iterator<Item = (Spot, Group, i64)> {
        self.shares.iter().filter(|(_, r)| self.lives(r)).map(|((spot, group), r)| (*spot, *group, r.level))
    }

    /// Effective access on a group.
    pub(crate) fn on_group(&self, user: User, group: Group) -> i64 {
        let mut best = self.row_or_above(user, group);
        let line = self.upwards(group);
        for (spot, invited, level) in self.living_shares() {
            if matches!(spot, Spot::Group(to) if line.contains(&to)) {
                best = best.max(level.min(self.row(user, Spot::Group(invited))));
            }
        }
        best
    }

    /// Effective access on a project.
    pub(crate) fn on_project(&self, user: User, project: Project) -> i64 {
        let mut best = self.row(user, Spot::Project(project)).max(self.on_group(user, self.homes[project]));
        for (spot, invited, level) in self.living_shares() {
            if spot == Spot::Project(project) {
                best = best.max(level.min(self.row_or_above(user, invited)));
            }
        }
        if best < 10 { 0 } else { best }
    }

    pub(crate) fn on(&self, user: User, spot: Spot) -> i64 {
        match spot {
            Spot::Group(group) => self.on_group(user, group),
            Spot::Project(project) => self.on_project(user, project),
        }
    }

    /// Whether a party may be named by a protection of that spot.
    pub(crate) fn assignable(&self, party: Party, spot: Spot) -> bool {
        match (party, spot) {
            (Party::Role(_), _) => true,
            (Party::User(user), Spot::Project(project)) => self.on_project(user, project) >= 30,
            (Party::User(user), Spot::Group(group)) => self.on_group(user, group) >= 40,
            (Party::Group(named), Spot::Project(project)) => {
                self.upwards(self.homes[project]).contains(&named)
                    || self.living_shares().any(|(s, g, level)| s == spot && g == named && level >= 20)
            }
            (Party::Group(named), Spot::Group(group)) => named != group && self.upwards(named).contains(&group),
        }
    }

    /// Whether an entry of a protection of that spot counts a person.
    pub(crate) fn counts(&self, user: User, entry: &Entry, spot: Spot) -> bool {
        if self.people[user].blocked || !self.assignable(entry.party, spot) {
            return false;
        }
        match entry.party {
            Party::User(named) => named == user,
            Party::Group(group) if entry.ancestors_too => self.row_or_above(user, group) >= 10,
            Party::Group(group) => self.row(user, Spot::Group(group)) >= 10,
            Party::Role(60) => self.people[user].admin,
            Party::Role(level) => self.on(user, spot) >= level,
        }
    }

    /// The protections that apply.
    pub(crate) fn shields_of(&self, aim: &Aim) -> Vec<&Shield> {
        let above = self.upwards(self.homes[aim.project]);
        let stored = self.environments.get(&(aim.project, aim.name)).copied();
        let mut tiers = vec![stored.unwrap_or_else(|| inferred(aim.name))];
        tiers.extend(aim.asked);
        if aim.refused {
            tiers.push(inferred(aim.name));
        }
        self.shields_under(aim.project, aim.name, &tiers, &above)
    }

    /// The protections that apply to an environment under any of those tiers.
    pub(crate) fn shields_under(&self, project: Project, name: &str, tiers: &[&str], above: &[Group]) -> Vec<&Shield> {
        let applies = |s: &&Shield| match s.spot {
            Spot::Project(at) => at == project && s.name == name,
            Spot::Group(at) => above.contains(&at) && tiers.contains(&s.name),
        };
        self.shields.iter().filter(applies).collect()
    }

    /// Whether a person is on a protection's list of those who may deploy.
    pub(crate) fn listed(&self, user: User, shield: &Shield) -> bool {
        shield.deploy.iter().any(|e| self.counts(user, e, shield.spot))
    }

    /// Whether a person may deploy where these protections apply.
    pub(crate) fn may_deploy_past(&self, user: User, project: Project, shields: &[&Shield]) -> bool {
        let person = &self.people[user];
        if person.blocked || person.admin {
            return !person.blocked;
        }
        if shields.is_empty() {
            self.on_project(user, project) >= 30
        } else {
            shields.iter().all(|s| self.listed(user, s))
        }
    }

    /// Whether a person may deploy there.
    pub(crate) fn may_deploy(&self, user: User, aim: &Aim) -> bool {
        self.may_deploy_past(user, aim.project, &self.shields_of(aim))
    }

    /// Whether a person may run a job: to deploy where it names an environment, else as a developer.
    pub(crate) fn may_run(&self, user: User, job: usize) -> bool {
        match &self.jobs[job].aim {
            Some(aim) => self.may_deploy(user, aim),
            None => self.may_deploy_past(user, self.jobs[job].project, &[]),
        }
    }

    /// What being named lets a person see there: nothing, deployments to vote on (1), or their jobs too (2).
    pub(crate) fn sight(&self, user: User, aim: &Aim) -> u8 {
        let each = |s: &&Shield| {
            let by_rule = s.rules.iter().any(|e| self.counts(user, e, s.spot));
            if self.listed(user, s) { 2 } else { u8::from(by_rule) }
        };
        self.shields_of(aim).iter().map(each).max().unwrap_or(0)
    }

    /// Whether any entry of a protection over a project names a person: then they know of the project.
    pub(crate) fn named_in(&self, user: User, project: Project) -> bool {
        let above = self.upwards(self.homes[project]);
        let over = |s: &&Shield| match s.spot {
            Spot::Project(at) => at == project,
            Spot::Group(at) => above.contains(&at),
        };
        let names = |s: &Shield| self.listed(user, s) || s.rules.iter().any(|e| self.counts(user, e, s.spot));
        self.shields.iter().filter(over).any(names)
    }

    /// What an actor lacks for something on a spot that needs a level.
    pub(crate) fn role(&self, user: User, spot: Spot, least: i64) -> Result<(), No> {
        let level = self.on(user, spot);
        let seen = if matches!(spot, Spot::Group(_)) { 5 } else { 10 };
        match () {
            () if self.people[user].admin || level >= least => Ok(()),
            () if level >= seen => Err(403),
            () => Err(404),
        }
    }

    /// Whether a person sees a deployment: all that members report on, and what an entry names them for. Whoever sees
    /// the project, but nothing that is deployed, is told so.
    pub(crate) fn check_sees(&self, user: User, aim: &Aim) -> Result<(), No> {
        let level = self.on_project(user, aim.project);
        if self.people[user].admin || level >= 20 || self.sight(user, aim) > 0 {
            return Ok(());
        }
        let above = self.upwards(self.homes[aim.project]);
        let around = self.shields.iter().filter(|s| match s.spot {
            Spot::Project(at) => at == aim.project,
            Spot::Group(at) => above.contains(&at),
        });
        let named = around.into_iter().any(|s| self.named(user, s));
        if level >= 10 && !named { Err(403) } else { Err(404) }
    }

    /// Whether any entry of a protection counts a person.
    fn named(&self, user: User, shield: &Shield) -> bool {
        shield.deploy.iter().chain(&shield.rules).any(|e| self.counts(user, e, shield.spot))
    }
}

/// The tier a name suggests, for the names used here.
pub(crate) fn inferred(name: &str) -> &'static str {
    match name {
        "production" | "live/eu" => "production",
        "staging" => "staging",
        "review/app" => "development",
        _ => "other",
    }
}
