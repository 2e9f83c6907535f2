//! Who keeps a group at the top: a person who owns it and can act.

use super::Level;
use crate::time::Date;

/// A direct membership of a group, as far as it says whether somebody can act as its owner, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenure {
    /// The level it gives.
    pub level: Level,
    /// Whether whoever has it is active.
    pub active: bool,
    /// Whether they are a bot.
    pub bot: bool,
    /// The first date on which it is dead.
    pub expires_at: Option<Date>,
}

impl Tenure {
    /// Whether it makes a person an owner who can act today.
    pub fn owns(&self, today: Date) -> bool {
        let alive = self.expires_at.is_none_or(|end| !end.has_passed(today));
        self.level == Level::Owner && self.active && !self.bot && alive
    }

    /// Whether it lasts as long as another.
    pub fn outlasts(&self, other: &Tenure) -> bool {
        match (self.expires_at, other.expires_at) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(other)) => own >= other,
        }
    }
}

/// Whether a group at the top has an owner who can act for as long as before, after somebody's membership turned from
/// `old` into `new`, or ended. Where theirs alone lasted that long, it has not.
pub fn stays_owned(old: &Tenure, new: Option<&Tenure>, others: &[Tenure], today: Date) -> bool {
    if old.level < Level::Owner || new.is_some_and(|new| new.level == Level::Owner && new.outlasts(old)) {
        return true;
    }
    let until = |other: &Tenure| !old.owns(today) || other.outlasts(old);
    others.iter().any(|other| other.owns(today) && until(other))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn owner(end: Option<&str>) -> Tenure {
        Tenure { level: Level::Owner, active: true, bot: false, expires_at: end.map(day) }
    }

    #[test]
    fn an_owner_is_an_active_person_whose_membership_lives() {
        let today = day("2026-11-21");
        assert!(owner(None).owns(today) && owner(Some("2026-11-22")).owns(today));
        assert!(!owner(Some("2026-11-21")).owns(today));
        assert!(!Tenure { level: Level::Maintainer, ..owner(None) }.owns(today));
        assert!(!Tenure { active: false, ..owner(None) }.owns(today));
        assert!(!Tenure { bot: true, ..owner(None) }.owns(today));
    }

    #[test]
    fn a_group_keeps_an_owner_for_as_long_as_it_had_one() {
        let (today, soon, late) = (day("2026-11-21"), owner(Some("2026-12-01")), owner(Some("2027-12-01")));
        let (ever, lower) = (owner(None), Tenure { level: Level::Developer, ..owner(None) });
        let blocked = Tenure { active: false, ..owner(None) };
        let rows: [(&Tenure, Option<&Tenure>, &[Tenure], bool); 15] = [
            (&ever, None, &[], false),
            (&ever, Some(&lower), &[], false),
            (&ever, Some(&late), &[], false),
            (&ever, Some(&late), &[ever], true),
            (&ever, Some(&soon), &[late], false),
            (&ever, None, &[late], false),
            (&ever, None, &[ever], true),
            (&ever, None, &[blocked, lower], false),
            (&late, Some(&ever), &[], true),
            (&late, Some(&soon), &[], false),
            (&late, Some(&soon), &[late], true),
            (&late, None, &[soon], false),
            (&soon, None, &[late], true),
            (&lower, None, &[], true),
            (&blocked, None, &[soon], true),
        ];
        for (old, new, others, expected) in rows {
            assert_eq!(stays_owned(old, new, others, today), expected, "{old:?} {new:?} {others:?}");
        }
    }
}
