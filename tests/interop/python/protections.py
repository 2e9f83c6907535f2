"""The protected environments of a project or a group, and the life that each of them leads."""

import gitlab
from gitlab import exceptions as errors

from check import refused, same, shows, step

ROLE = {"access_level": 40, "user_id": None, "group_id": None}


class ProjectProtections:
    """Those of a project: the library's own manager, which does everything but update."""

    level = "project"
    errors = {"create": errors.GitlabCreateError, "get": errors.GitlabGetError}

    def __init__(self, client, project_id):
        self.client = client
        self.manager = client.projects.get(project_id, lazy=True).protected_environments

    def create(self, name, **settings):
        return self.manager.create({"name": name, **settings}).attributes

    def get(self, name):
        return self.manager.get(name).attributes

    def list(self):
        return [one.attributes for one in self.manager.list(get_all=True)]

    def update(self, name, **settings):
        path = f"{self.manager.path}/{gitlab.utils.EncodedId(name)}"
        return self.client.http_put(path, post_data=settings)

    def delete(self, name):
        self.manager.delete(name)


class GroupProtections:
    """Those of a group: unknown to the library, so through its methods for any path."""

    level = "group"
    errors = {"create": errors.GitlabHttpError, "get": errors.GitlabHttpError}

    def __init__(self, client, group_id):
        self.client, self.path = client, f"/groups/{group_id}/protected_environments"

    def create(self, name, **settings):
        return self.client.http_post(self.path, post_data={"name": name, **settings})

    def get(self, name):
        return self.client.http_get(f"{self.path}/{name}")

    def list(self):
        return self.client.http_list(self.path, get_all=True)

    def update(self, name, **settings):
        return self.client.http_put(f"{self.path}/{name}", post_data=settings)

    def delete(self, name):
        self.client.http_delete(f"{self.path}/{name}")


def ids(rows):
    return [row["id"] for row in rows]


def life(at, name, person, group, another, stranger):
    """Creates, reads, changes in every way and deletes the protection of that name. `person`, `group` and `another` group
    can be named in it, `stranger` cannot."""
    with step(f"{at.level}: protect {name}"):
        made = at.create(
            name,
            deploy_access_levels=[
                {"access_level": 40}, {"user_id": person.id}, {"group_id": group.id, "group_inheritance_type": 1},
            ],
            approval_rules=[{"group_id": another.id, "required_approvals": 2}, {"access_level": 40}],
        )
        same("name", made["name"], name)
        role, user, operators = made["deploy_access_levels"]
        shows("a role", role, ROLE | {"access_level_description": "Maintainers", "group_inheritance_type": 0})
        shows("a user", user, {"access_level": None, "user_id": person.id, "group_id": None})
        same("a user's description", user["access_level_description"], person.name)
        shows("a group", operators, {"access_level": None, "user_id": None, "group_id": group.id})
        shows("a group", operators, {"access_level_description": group.name, "group_inheritance_type": 1})
        first, second = made["approval_rules"]
        shows("first rule", first, {"access_level": None, "group_id": another.id, "required_approvals": 2})
        shows("second rule", second, ROLE | {"required_approvals": 1, "access_level_description": "Maintainers"})
        same("unified count", made["required_approval_count"], 0)

    with step(f"{at.level}: read and list {name}"):
        shows("read again", at.get(name), {key: made[key] for key in ("name", "deploy_access_levels", "approval_rules")})
        same("all of that name", [one["name"] for one in at.list() if one["name"] == name], [name])

    with step(f"{at.level}: add deploy entries"):
        changed = at.update(name, deploy_access_levels=[{"access_level": 30}])
        kept = changed["deploy_access_levels"]
        same("entries before", kept[:3], made["deploy_access_levels"])
        shows("new entry", kept[3], {"access_level": 30, "access_level_description": "Developers + Maintainers"})
        same("rules untouched", changed["approval_rules"], made["approval_rules"])

    with step(f"{at.level}: change a deploy entry"):
        changed = at.update(name, deploy_access_levels=[{"id": kept[3]["id"], "group_id": another.id}])
        same("ids", ids(changed["deploy_access_levels"]), ids(kept))
        shows("its principal", changed["deploy_access_levels"][3], {"access_level": None, "group_id": another.id})

    with step(f"{at.level}: destroy and re-create entries at once"):
        wanted = [
            {"id": role["id"], "access_level": 40},
            {"id": user["id"], "user_id": person.id, "_destroy": True},
            {"user_id": person.id},
            {"id": kept[3]["id"], "_destroy": True},
        ]
        left = at.update(name, deploy_access_levels=wanted)["deploy_access_levels"]
        same("ids kept", ids(left)[:2], [role["id"], operators["id"]])
        same("entries", len(left), 3)
        shows("created anew", left[2], {"user_id": person.id, "access_level": None})
        same("with an id of its own", left[2]["id"] in ids(kept), False)

    with step(f"{at.level}: add, change and destroy rules"):
        rules = at.update(name, approval_rules=[{"user_id": person.id}])["approval_rules"]
        same("rules before", rules[:2], [first, second])
        shows("new rule", rules[2], {"user_id": person.id, "access_level": None, "required_approvals": 1})
        wanted = [{"id": first["id"], "required_approvals": 3}, {"id": second["id"], "_destroy": True}]
        rules = at.update(name, approval_rules=wanted)["approval_rules"]
        same("rules left", [(r["id"], r["required_approvals"]) for r in rules], [(first["id"], 3), (rules[1]["id"], 1)])

    with step(f"{at.level}: the unified count in place of rules"):
        wanted = [{"id": row["id"], "_destroy": True} for row in rules]
        changed = at.update(name, approval_rules=wanted, required_approval_count=1)
        shows("rules and count", changed, {"approval_rules": [], "required_approval_count": 1})
        same("read again", at.get(name)["required_approval_count"], 1)

    with step(f"{at.level}: changes that are refused"):
        http, create = errors.GitlabHttpError, at.errors["create"]
        refused(create, 409, "already", at.create, name, deploy_access_levels=[{"access_level": 40}])
        refused(create, 400, "deploy_access_levels", at.create, "staging", deploy_access_levels=[])
        refused(create, 400, "access_level", at.create, "staging", deploy_access_levels=[{"access_level": 31}])
        refused(create, 422, "user_id", at.create, "staging", deploy_access_levels=[{"user_id": stranger.id}])
        refused(http, 400, "", at.update, name, deploy_access_levels=[{"access_level": 40}])
        refused(http, 404, "", at.update, name, deploy_access_levels=[{"id": 99999999, "_destroy": True}])
        shows("nothing changed", at.get(name), changed)

    with step(f"{at.level}: unprotect {name}"):
        at.delete(name)
        refused(at.errors["get"], 404, "404", at.get, name)
        same("all of that name", [one for one in at.list() if one["name"] == name], [])
