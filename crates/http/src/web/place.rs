//! Pages of projects and groups, at any depth: `/acme/shop/-/deployments/7` is the route `/-/in/acme%2Fshop/deployments/7`,
//! `/groups/acme/-/settings` is `/-/group/acme/settings`; `/acme/shop` itself is `/-/in/acme%2Fshop`.

use countersign_app::names;
use std::borrow::Cow;

/// What stands after `/groups/` where a new one is made.
const NEW: &str = "new";

/// The route of a page; other paths stay as they are.
pub(crate) fn route(path: &str) -> Cow<'_, str> {
    placed(path).map_or(Cow::Borrowed(path), Cow::Owned)
}

fn placed(path: &str) -> Option<String> {
    let Some((place, rest)) = path.split_once("/-/") else { return itself(path) };
    let place = place.strip_prefix('/').filter(|place| !place.is_empty())?;
    let (kind, place) = match place.strip_prefix("groups/") {
        Some(group) => ("group", group),
        None => ("in", place),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    (!place.ends_with(".git")).then(|| format!("/-/{kind}/{}/{rest}", place.replace('/', "%2F")))
}

/// The route of the page of a place itself, if the path can be one's.
fn itself(path: &str) -> Option<String> {
    let path = path.strip_prefix('/')?;
    let path = path.strip_suffix('/').unwrap_or(path);
    let (kind, place) = match path.strip_prefix("groups/").filter(|group| *group != NEW) {
        Some(group) => ("group", group),
        None => ("in", path),
    };
    names::is_full_path(place).then(|| format!("/-/{kind}/{}", place.replace('/', "%2F")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_places_at_any_depth_are_one_route() {
        let rows = [
            ("/acme/shop/-/deployments/7", "/-/in/acme%2Fshop/deployments/7"),
            ("/a/b/c%20d/-/environments/", "/-/in/a%2Fb%2Fc%20d/environments"),
            ("/groups/acme/ops/-/settings/ci_cd", "/-/group/acme%2Fops/settings/ci_cd"),
            ("/acme/shop", "/-/in/acme%2Fshop"),
            ("/acme/", "/-/in/acme"),
            ("/groups/acme/ops", "/-/group/acme%2Fops"),
            ("/groups/new", "/groups/new"),
            ("/", "/"),
            ("/-/health", "/-/health"),
            ("/-/in/a%2Fb", "/-/in/a%2Fb"),
            ("//-/x", "//-/x"),
            ("/dashboard/projects", "/dashboard/projects"),
            ("/projects/new", "/projects/new"),
            ("/admin/users", "/admin/users"),
            ("/api/v5/x", "/api/v5/x"),
            ("/favicon.ico", "/favicon.ico"),
            ("/a/b.git/info/refs", "/a/b.git/info/refs"),
            ("/a/b/info/refs", "/a/b/info/refs"),
            ("/a b", "/a b"),
            ("/users/sign_in", "/users/sign_in"),
            ("/a/b.git/-/x", "/a/b.git/-/x"),
        ];
        for (path, expected) in rows {
            assert_eq!(route(path), expected, "{path}");
        }
    }
}
