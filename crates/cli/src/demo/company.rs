//! The company of the story: its people, groups and project, made through the API.

use super::call::Call;
use super::person::Person;
use super::story::{Story, number, text};
use serde_json::{Value, json};

const DEVELOPER: i64 = 30;
const MAINTAINER: i64 = 40;

/// Everybody, and where they work.
pub(super) struct Company {
    /// Administers the instance.
    pub(super) root: Person,
    /// Maintains the group: protects, but neither deploys nor approves.
    pub(super) mia: Person,
    /// Operates, and develops the shop.
    pub(super) olga: Person,
    /// Operates.
    pub(super) omar: Person,
    /// Tests.
    pub(super) quentin: Person,
    /// Looks after security.
    pub(super) sam: Person,
    /// Looks after security.
    pub(super) sara: Person,
    /// Develops the shop.
    pub(super) dave: Person,
    /// The group `acme`.
    pub(super) acme: i64,
    /// Its subgroup of those who deploy.
    pub(super) operators: i64,
    /// Its subgroup of testers.
    pub(super) qa: i64,
    /// Its subgroup for security.
    pub(super) security: i64,
    /// The project `acme/shop`.
    pub(super) shop: i64,
}

impl Company {
    /// Everybody.
    pub(super) fn people(&self) -> impl Iterator<Item = &Person> {
        [&self.root, &self.mia, &self.olga, &self.omar, &self.quentin, &self.sam, &self.sara, &self.dave].into_iter()
    }
}

/// Makes the company: the first request of each kind is told, the others are made likewise.
///
/// # Errors
/// The first claim that does not hold.
pub(super) async fn found(story: &Story, root: Person) -> anyhow::Result<Company> {
    story.voice().chapter("A company: people, groups, a project");
    story.voice().says("The administrator invites people; mia will maintain the group acme, with all that is in it.");
    let mia = invite(story, &root, "mia", "maintainer", true).await?;
    let olga = invite(story, &root, "olga", "operator", false).await?;
    let omar = invite(story, &root, "omar", "operator", false).await?;
    let quentin = invite(story, &root, "quentin", "QA", false).await?;
    let sam = invite(story, &root, "sam", "security", false).await?;
    let sara = invite(story, &root, "sara", "security", false).await?;
    let dave = invite(story, &root, "dave", "developer", false).await?;
    story.voice().aside("likewise, each with a token: olga and omar, quentin, sam and sara, dave");
    let acme = group(story, &root, "acme", None, false).await?;
    let operators = group(story, &root, "operators", Some(acme), true).await?;
    let qa = group(story, &root, "qa", Some(acme), false).await?;
    let security = group(story, &root, "security", Some(acme), false).await?;
    story.voice().aside("likewise: acme before it, and acme/qa, acme/security");
    join(story, &root, format!("/groups/{acme}"), &mia, MAINTAINER, true).await?;
    for (group, people) in [(operators, vec![&olga, &omar]), (qa, vec![&quentin]), (security, vec![&sam, &sara])] {
        for person in people {
            join(story, &root, format!("/groups/{group}"), person, DEVELOPER, false).await?;
        }
    }
    story.voice().aside("likewise: olga and omar to operators, quentin to qa, sam and sara to security");
    let shop = project(story, &mia, "shop", acme).await?;
    for person in [&olga, &dave] {
        join(story, &mia, format!("/projects/{shop}"), person, DEVELOPER, false).await?;
    }
    story.voice().aside("main is for maintainers at first: mia lets developers push, and olga and dave become such");
    Ok(Company { root, mia, olga, omar, quentin, sam, sara, dave, acme, operators, qa, security, shop })
}

/// Makes a project in a group, to whose `main` developers may push.
///
/// # Errors
/// The first claim that does not hold.
pub(super) async fn project(story: &Story, by: &Person, path: &str, group: i64) -> anyhow::Result<i64> {
    let body = json!({"name": path, "path": path, "namespace_id": group});
    let reply =
        story.make(Call::post(by, "/projects", body).tacitly("path", path).showing("path_with_namespace")).await?;
    let id = number(&reply, "id")?;
    let body = json!({"allowed_to_push": [{"access_level": DEVELOPER}]});
    let open = Call::patch(by, format!("/projects/{id}/protected_branches/main"), body);
    let open = open.tacitly("push_access_levels.0.access_level", MAINTAINER);
    let open = open.with("push_access_levels.1.access_level_description", "Developers + Maintainers");
    story.make(open.told_if(path == "shop")).await?;
    Ok(id)
}

/// Makes a group, in another one if one is given.
///
/// # Errors
/// The first claim that does not hold.
pub(super) async fn group(
    story: &Story,
    by: &Person,
    path: &str,
    parent: Option<i64>,
    told: bool,
) -> anyhow::Result<i64> {
    let mut body = json!({"name": path, "path": path});
    if let Some(parent) = parent {
        body["parent_id"] = parent.into();
    }
    let call = Call::post(by, "/groups", body)
        .tacitly("path", path)
        .tacitly("parent_id", parent)
        .showing("id")
        .showing("full_path");
    number(&story.make(call.told_if(told)).await?, "id")
}

/// Gives somebody a role in a group or project.
///
/// # Errors
/// The first claim that does not hold.
pub(super) async fn join(
    story: &Story,
    by: &Person,
    to: String,
    who: &Person,
    level: i64,
    told: bool,
) -> anyhow::Result<()> {
    let body = json!({"user_id": who.id, "access_level": level});
    let call = Call::post(by, format!("{to}/members"), body).with("username", &*who.name).with("access_level", level);
    story.make(call.told_if(told)).await.map(drop)
}

async fn invite(story: &Story, root: &Person, name: &str, role: &'static str, told: bool) -> anyhow::Result<Person> {
    let body = json!({
        "username": name, "name": format!("{name} ({role})"), "email": format!("{name}@example.com"),
        "force_random_password": true,
    });
    let call = Call::post(root, "/users", body).showing("id").tacitly("username", name).with("state", "active");
    let id = number(&story.make(call.told_if(told)).await?, "id")?;
    let body = json!({"name": "demo", "scopes": ["api"]});
    let path = format!("/users/{id}/personal_access_tokens");
    let call = Call::post(root, path, body)
        .tacitly("scopes.0", "api")
        .with("active", Value::Bool(true))
        .with("revoked", Value::Bool(false));
    let token = text(&story.make(call.told_if(told)).await?, "token")?;
    Ok(Person { name: name.to_owned(), role, id, token })
}
