//! Loads the people, groups, memberships and invitations that a decision depends on.

use crate::many::{self, ids};
use crate::{Result, Row, Tx, Value, members};
use countersign_domain::access::{Directory, Home, Invitation, Level, Membership, Person, Place};
use countersign_domain::ids::{GroupId, ProjectId, UserId};
use countersign_domain::time::Date;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Whose memberships are loaded.
#[derive(Debug, Clone, Copy)]
pub enum People<'p> {
    /// One person's, or nobody's.
    One(Option<UserId>),
    /// Those of these people.
    All(&'p [UserId]),
    /// Everybody's who belongs to any of the groups loaded or to the project, and all administrators.
    Everybody,
}

/// What lies around a place: the groups concerned, the invitations, and where it lies itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    parents: BTreeMap<GroupId, Option<GroupId>>,
    homes: BTreeMap<ProjectId, Home>,
    archived: Option<ProjectId>,
    invitations: BTreeMap<Place, Vec<Invitation>>,
}

/// A person with all their memberships.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    person: Person,
    memberships: Vec<(Place, Membership)>,
}

/// Loads what decides access to a project or a group.
pub fn load(tx: &mut Tx<'_>, today: Date, place: Place, people: People<'_>) -> Result<Directory> {
    let around = tx.remembered(|shelves| &shelves.surroundings, place, |tx| surroundings(tx, place))?;
    let mut directory = Directory::new(today);
    directory.parents.clone_from(&around.parents);
    directory.homes.clone_from(&around.homes);
    directory.archived.extend(around.archived);
    directory.invitations.clone_from(&around.invitations);
    match people {
        People::One(user) => add_people(tx, &mut directory, user.as_slice())?,
        People::All(users) => add_people(tx, &mut directory, users)?,
        People::Everybody => add_everybody(tx, &mut directory, place)?,
    }
    Ok(directory)
}

/// `above`: the groups above a project (`$1`) or a group (`$2`), itself included. `tree`: those, the groups invited to
/// any of them or to the project, and the groups named by any of their protections. `line`: all these and the groups
/// above.
const AROUND: &str = "WITH RECURSIVE above(id) AS (
    SELECT namespace_id FROM projects WHERE id = $1
    UNION SELECT id FROM namespaces WHERE id = $2
    UNION SELECT n.parent_id FROM namespaces n JOIN above a ON n.id = a.id WHERE n.parent_id IS NOT NULL
  ), guarded(id) AS (
    SELECT id FROM protected_environments WHERE project_id = $1
    UNION SELECT p.id FROM protected_environments p JOIN above a ON p.group_id = a.id
  ), tree(id) AS (
    SELECT id FROM above
    UNION SELECT invited_group_id FROM shares WHERE project_id = $1
    UNION SELECT s.invited_group_id FROM shares s JOIN above a ON s.group_id = a.id
    UNION SELECT e.group_id FROM deploy_access_levels e JOIN guarded d ON d.id = e.protected_environment_id
          WHERE e.group_id IS NOT NULL
    UNION SELECT e.group_id FROM approval_rules e JOIN guarded d ON d.id = e.protected_environment_id
          WHERE e.group_id IS NOT NULL
  ), line(id) AS (
    SELECT id FROM tree
    UNION SELECT n.parent_id FROM namespaces n JOIN line l ON n.id = l.id WHERE n.parent_id IS NOT NULL
  ) SELECT CAST(1 AS BIGINT), n.id, n.parent_id, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT),
    CAST(NULL AS BIGINT), CAST(NULL AS TEXT)
    FROM namespaces n JOIN line l ON l.id = n.id WHERE n.kind = 'group'
  UNION ALL SELECT CAST(2 AS BIGINT), s.id, s.group_id, s.project_id, s.invited_group_id, s.access_level,
    s.expires_at FROM shares s WHERE s.project_id = $1 OR s.group_id IN (SELECT id FROM above)
  UNION ALL SELECT CAST(3 AS BIGINT), n.id, n.owner_id, CASE WHEN p.archived THEN p.id END,
    CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS TEXT)
    FROM projects p JOIN namespaces n ON n.id = p.namespace_id WHERE p.id = $1
  ORDER BY 1, 2";

fn surroundings(tx: &mut Tx<'_>, place: Place) -> Result<Surroundings> {
    let mut known = Surroundings::default();
    let [group, project] = columns_of(place);
    let around = tx.query(AROUND, &[project, group], around)?;
    for found in around {
        match (found, place) {
            (Around::Group(id, parent), _) => drop(known.parents.insert(id, parent)),
            (Around::Invited(at, invitation), _) => known.invitations.entry(at).or_default().push(invitation),
            (Around::Home(home, archived), Place::Project(id)) => {
                known.homes.insert(id, home);
                known.archived = archived;
            }
            (Around::Home(..), Place::Group(_)) => {}
        }
    }
    Ok(known)
}

/// Adds people, each with all their memberships in groups and projects.
pub fn add_people(tx: &mut Tx<'_>, directory: &mut Directory, users: &[UserId]) -> Result<()> {
    let found = tx.remembered_many(|shelves| &shelves.people, users, |tx, users| {
        let ids: Vec<i64> = users.iter().map(|user| user.0).collect();
        let rows = tx.query(
            concat!(
                "SELECT u.id, u.admin, u.bot, u.state, u.external, m.group_id, m.project_id, m.access_level, m.expires_at
                 FROM users u LEFT JOIN members m ON m.user_id = u.id WHERE u.id IN (",
                ids!(),
                ")"
            ),
            &many::params(&ids),
            person_in,
        )?;
        Ok(each_person(rows))
    })?;
    for known in found.iter().filter_map(|known| known.as_ref().as_ref()) {
        directory.people.insert(known.person.id, known.person);
        directory.members.extend(known.memberships.iter().map(|(at, member)| ((*at, known.person.id), *member)));
    }
    Ok(())
}

/// Adds a group with those above it.
pub fn add_group(tx: &mut Tx<'_>, directory: &mut Directory, group: GroupId) -> Result<()> {
    let line = tx.query(
        "WITH RECURSIVE line(id) AS (SELECT id FROM namespaces WHERE id = $1 AND kind = 'group'
           UNION SELECT n.parent_id FROM namespaces n JOIN line l ON n.id = l.id WHERE n.parent_id IS NOT NULL)
         SELECT n.id, n.parent_id FROM namespaces n JOIN line l ON l.id = n.id",
        &[group.into()],
        |row| Ok((row.get::<GroupId>(0)?, row.get::<Option<GroupId>>(1)?)),
    )?;
    directory.parents.extend(line);
    Ok(())
}

/// Adds a group with those above it, and everybody who belongs to any of them.
pub fn add_members(tx: &mut Tx<'_>, directory: &mut Directory, group: GroupId) -> Result<()> {
    add_group(tx, directory, group)?;
    let places: Vec<Place> = directory.lineage(group).into_iter().map(Place::Group).collect();
    let users: BTreeSet<UserId> = members::of_places(tx, &places)?.iter().map(|held| held.user_id).collect();
    add_people(tx, directory, &users.into_iter().collect::<Vec<_>>())
}

fn add_everybody(tx: &mut Tx<'_>, directory: &mut Directory, place: Place) -> Result<()> {
    let groups = directory.parents.keys().copied().map(Place::Group);
    let places: BTreeSet<Place> = groups.chain([place]).collect();
    let places: Vec<Place> = places.into_iter().collect();
    let mut users: BTreeSet<UserId> = members::of_places(tx, &places)?.iter().map(|held| held.user_id).collect();
    users.extend(
        directory.homes.values().filter_map(|home| if let Home::Personal(owner) = home { Some(*owner) } else { None }),
    );
    users.extend(tx.remembered(|shelves| &shelves.administrators, (), administrators)?.iter());
    add_people(tx, directory, &users.into_iter().collect::<Vec<_>>())
}

fn administrators(tx: &mut Tx<'_>) -> Result<Vec<UserId>> {
    tx.query("SELECT id FROM users WHERE admin", &[], |row| row.get(0))
}

fn person(row: &Row<'_>) -> Result<Person> {
    let active = row.get::<String>(3)? == "active";
    Ok(Person { id: row.get(0)?, admin: row.get(1)?, bot: row.get(2)?, active, external: row.get(4)? })
}

/// A person, once for each of their memberships; once without, if they have none.
type PersonIn = (Person, Option<(Place, Membership)>);

fn person_in(row: &Row<'_>) -> Result<PersonIn> {
    let member = row.get::<Option<i64>>(7)?.is_some();
    let membership = || Ok((place_of(row, 5)?, Membership { level: level(row, 7)?, expires_at: date(row, 8)? }));
    Ok((person(row)?, member.then(membership).transpose()?))
}

fn each_person(rows: Vec<PersonIn>) -> Vec<(UserId, Known)> {
    let mut known: HashMap<UserId, Known> = HashMap::new();
    for (person, membership) in rows {
        let of = known.entry(person.id).or_insert(Known { person, memberships: Vec::new() });
        of.memberships.extend(membership);
    }
    known.into_iter().collect()
}

/// One thing that lies around a place.
enum Around {
    /// A group and the one above it.
    Group(GroupId, Option<GroupId>),
    /// A group invited to the place or to one above it.
    Invited(Place, Invitation),
    /// Where the project lies, and which it is if it is archived.
    Home(Home, Option<ProjectId>),
}

fn around(row: &Row<'_>) -> Result<Around> {
    match row.get::<i64>(0)? {
        1 => Ok(Around::Group(row.get(1)?, row.get(2)?)),
        2 => Ok(Around::Invited(place_of(row, 2)?, invitation(row)?)),
        _ => {
            let owner = row.get::<Option<UserId>>(2)?;
            Ok(Around::Home(owner.map_or(Home::Group(row.get(1)?), Home::Personal), row.get(3)?))
        }
    }
}

/// A place as the two columns that name it: its group, else its project.
pub(crate) fn columns_of(place: Place) -> [Value; 2] {
    match place {
        Place::Group(id) => [id.into(), Value::Int(None)],
        Place::Project(id) => [Value::Int(None), id.into()],
    }
}

/// Reads the two columns that name a place.
pub(crate) fn place_of(row: &Row<'_>, at: usize) -> Result<Place> {
    match row.get::<Option<GroupId>>(at)? {
        Some(group) => Ok(Place::Group(group)),
        None => Ok(Place::Project(row.get(at + 1)?)),
    }
}

fn invitation(row: &Row<'_>) -> Result<Invitation> {
    Ok(Invitation { group: row.get(4)?, level: level(row, 5)?, expires_at: date(row, 6)? })
}

/// Reads an access level.
pub(crate) fn level(row: &Row<'_>, at: usize) -> Result<Level> {
    let number = row.get::<i64>(at)?;
    Level::from_number(number).ok_or_else(|| crate::Error::Corrupt(format!("access level {number}")))
}

/// Reads a date.
pub(crate) fn date(row: &Row<'_>, at: usize) -> Result<Option<Date>> {
    let Some(text) = row.get::<Option<String>>(at)? else { return Ok(None) };
    Date::parse(&text).map(Some).ok_or_else(|| crate::Error::Corrupt(format!("date {text}")))
}
