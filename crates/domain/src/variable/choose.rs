//! Which variables reach a job: of several with one name the nearest owner's, and of that owner's the most specific.

use super::{EVERYWHERE, Variable};
use crate::pattern;
use std::collections::HashMap;

/// A variable, and how far its owner is from the project.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'v> {
    /// It.
    pub variable: &'v Variable,
    /// 0 for the project's own, 1 for its group's, and so on; the instance is further away than any group.
    pub distance: i64,
}

/// What variables are to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach<'a> {
    /// The name of the job's environment; `None` for a job without one, and for a pipeline as a whole.
    pub environment: Option<&'a str>,
    /// Whether the branch or tag is protected.
    pub ref_protected: bool,
}

impl Reach<'_> {
    /// Whether a variable gets there.
    fn has(&self, of: &Variable) -> bool {
        let scope = of.traits.environment_scope.as_str();
        let named = || self.environment.is_some_and(|name| pattern::matches(scope, name));
        (self.ref_protected || !of.traits.protected) && (scope == EVERYWHERE || named())
    }
}

/// How much a scope says: an exact name beats every pattern, and a pattern one with fewer letters of its own.
fn weight(scope: &str) -> (bool, usize) {
    (!scope.contains('*'), scope.chars().filter(|c| *c != '*').count())
}

/// The indices of the variables that reach there, one for each name, in the order they were given. Between patterns that
/// say equally much, the younger variable counts.
pub fn chosen(all: &[Candidate<'_>], reach: Reach<'_>) -> Vec<usize> {
    let mut best: HashMap<&str, usize> = HashMap::new();
    for (index, candidate) in all.iter().enumerate().filter(|(_, candidate)| reach.has(candidate.variable)) {
        best.entry(&candidate.variable.traits.key)
            .and_modify(|known| {
                if rank(candidate) > rank(&all[*known]) {
                    *known = index;
                }
            })
            .or_insert(index);
    }
    let mut chosen: Vec<usize> = best.into_values().collect();
    chosen.sort_unstable();
    chosen
}

fn rank(of: &Candidate<'_>) -> (i64, (bool, usize), i64) {
    (-of.distance, weight(&of.variable.traits.environment_scope), of.variable.id.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{GroupId, ProjectId, VariableId};
    use crate::variable::{Kind, Owner, Traits};

    fn variable(id: i64, owner: Owner, scope: &str, protected: bool) -> Variable {
        let traits = Traits {
            key: "A".into(),
            kind: Kind::EnvVar,
            protected,
            masked: false,
            hidden: false,
            raw: false,
            environment_scope: scope.into(),
            description: None,
        };
        Variable { id: VariableId(id), owner, traits }
    }

    /// The id of the variable that counts.
    fn winner(all: &[(i64, &Variable)], environment: Option<&str>, ref_protected: bool) -> Option<i64> {
        let all: Vec<_> = all.iter().map(|(distance, variable)| Candidate { variable, distance: *distance }).collect();
        let chosen = chosen(&all, Reach { environment, ref_protected });
        assert!(chosen.len() <= 1, "one name, one variable");
        chosen.first().map(|index| all[*index].variable.id.0)
    }

    #[test]
    fn the_nearest_owner_counts_whatever_the_scopes() {
        let instance = variable(1, Owner::Instance, "*", false);
        let (far, near) = (
            variable(2, Owner::Group(GroupId(1)), "production", false),
            variable(3, Owner::Group(GroupId(2)), "*", false),
        );
        let own = variable(4, Owner::Project(ProjectId(1)), "prod*", false);
        let all = [(i64::MAX, &instance), (2, &far), (1, &near), (0, &own)];
        assert_eq!(winner(&all, Some("production"), false), Some(4));
        assert_eq!(winner(&all, Some("staging"), false), Some(3));
        assert_eq!(winner(&all[..2], Some("production"), false), Some(2));
        assert_eq!(winner(&all[..2], None, false), Some(1));
    }

    #[test]
    fn the_most_specific_scope_counts_and_a_job_without_environment_has_only_what_is_everywhere() {
        let scopes = ["*", "review/*", "review/feature-*", "review/feature-1", "*1"];
        let rows: Vec<_> =
            (1..).zip(scopes).map(|(id, scope)| variable(id, Owner::Project(ProjectId(1)), scope, false)).collect();
        let all: Vec<_> = rows.iter().map(|row| (0, row)).collect();
        assert_eq!(winner(&all, Some("review/feature-1"), false), Some(4));
        assert_eq!(winner(&all, Some("review/feature-2"), false), Some(3));
        assert_eq!(winner(&all, Some("review/x"), false), Some(2));
        assert_eq!(winner(&all, Some("Review/x"), false), Some(1));
        assert_eq!(winner(&all, None, false), Some(1));
        assert_eq!(winner(&all[1..], None, true), None);
    }

    #[test]
    fn a_protected_one_hides_nothing_where_it_does_not_go() {
        let own = variable(2, Owner::Project(ProjectId(1)), "*", true);
        let instance = variable(1, Owner::Instance, "*", false);
        let all = [(0, &own), (i64::MAX, &instance)];
        assert_eq!(winner(&all, None, true), Some(2));
        assert_eq!(winner(&all, None, false), Some(1));
        assert_eq!(winner(&all[..1], Some("production"), false), None);
    }
}
