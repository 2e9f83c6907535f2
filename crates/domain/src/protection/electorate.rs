//! Who could give the approvals that a protection asks for.

use super::Protection;
use crate::access::Directory;
use crate::ids::{EntryId, UserId};
use std::collections::BTreeSet;

/// One demand for approvals, and everybody who could give one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Electorate {
    /// The rule; none for the unified count.
    pub rule: Option<EntryId>,
    /// How many approvals it asks for.
    pub required: u32,
    /// The people who could give one.
    pub people: BTreeSet<UserId>,
    /// Whether whoever starts the deployment may approve it too.
    pub starter_may_approve: bool,
}

impl Electorate {
    /// Whether there are as many people as approvals asked for.
    pub fn is_enough(&self) -> bool {
        self.people.len() >= self.required as usize
    }

    /// How many of them can still approve when one of them starts the deployment.
    pub fn left(&self) -> usize {
        self.people.len().saturating_sub(usize::from(!self.starter_may_approve))
    }

    /// Whether these are as many as approvals asked for.
    pub fn can_spare_one(&self) -> bool {
        self.left() >= self.required as usize
    }
}

impl Directory {
    /// The people on a protection's own list of those who may deploy. Needs everybody loaded who could satisfy an entry.
    pub fn deployers(&self, of: &Protection) -> BTreeSet<UserId> {
        of.deploy.iter().flat_map(|e| self.eligible(e, of.scope)).collect()
    }

    /// The demands of a protection: its rules in order, else its unified count if it asks for any approval. Needs
    /// everybody loaded who could satisfy an entry.
    pub fn electorates(&self, of: &Protection) -> Vec<Electorate> {
        let starter_may_approve = of.triggerer_may_approve;
        let required = of.required_approval_count;
        if of.rules.is_empty() {
            let unified = Electorate { rule: None, required, people: self.deployers(of), starter_may_approve };
            return Some(unified).filter(|_| required > 0).into_iter().collect();
        }
        let of_rule = |rule: &super::Rule| Electorate {
            rule: Some(rule.entry.id),
            required: rule.required_approvals,
            people: self.eligible(&rule.entry, of.scope),
            starter_may_approve,
        };
        of.rules.iter().map(of_rule).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use crate::testing::World;

    fn world() -> World {
        World::new()
            .groups(&["top", "top/ops", "top/sec"])
            .members("top/ops", &[("olga", 30), ("omar", 30)])
            .members("top/sec", &[("sam", 30), ("sue", 30), ("gone", 30)])
            .blocked("gone")
            .bot("robot")
            .members("top/sec", &[("robot", 30)])
    }

    #[test]
    fn a_rule_is_met_by_its_people_and_one_of_them_may_start_the_deployment() {
        let world = world().protect("top", &["top/ops"], &[("top/sec", 2)]);
        let found = world.dir.electorates(&world.protections[0]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].rule, Some(world.protections[0].rules[0].entry.id));
        assert_eq!(found[0].people, [world.u("sam"), world.u("sue")].into());
        assert_eq!((found[0].is_enough(), found[0].left(), found[0].can_spare_one()), (true, 1, false));
        let mut open = world.protections[0].clone();
        open.triggerer_may_approve = true;
        let found = world.dir.electorates(&open);
        assert_eq!((found[0].left(), found[0].can_spare_one()), (2, true));
    }

    #[test]
    fn without_rules_those_who_may_deploy_meet_the_unified_count_if_there_is_one() {
        let mut world = world().protect("top", &["top/ops", "@sam"], &[]);
        assert_eq!(world.dir.electorates(&world.protections[0]), Vec::new());
        world.protections[0].required_approval_count = 1;
        let found = world.dir.electorates(&world.protections[0]);
        let operators = [world.u("olga"), world.u("omar")].into();
        assert_eq!((found[0].rule, &found[0].people), (None, &operators), "sam has no access to top");
    }
}
