//! Pages of projects and groups, at any depth: `/acme/shop/-/deployments/7` is the route `/-/in/acme%2Fshop/deployments/7`,
//! `/groups/acme/-/settings` is `/-/group/acme/settings`.

use std::borrow::Cow;

/// The route of a page; other paths stay as they are.
pub(crate) fn route(path: &str) -> Cow<'_, str> {
    placed(path).map_or(Cow::Borrowed(path), Cow::Owned)
}

fn placed(path: &str) -> Option<String> {
    let (place, rest) = path.split_once("/-/").filter(|(place, _)| !place.is_empty())?;
    let place = place.strip_prefix('/')?;
    let (kind, place) = match place.strip_prefix("groups/") {
        Some(group) => ("group", group),
        None => ("in", place),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    (!place.ends_with(".git")).then(|| format!("/-/{kind}/{}/{rest}", place.replace('/', "%2F")))
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
            ("/-/health", "/-/health"),
            ("/users/sign_in", "/users/sign_in"),
            ("/a/b.git/-/x", "/a/b.git/-/x"),
        ];
        for (path, expected) in rows {
            assert_eq!(route(path), expected, "{path}");
        }
    }
}
