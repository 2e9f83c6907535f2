"""Aims generated requests at what exists: real ids in paths, real names in bodies, and bodies that can succeed."""

from urllib.parse import quote

from world import NOTES, README, World, fresh

# What a path parameter means, by the path it is in; the first match counts.
PATHS = [
    ("/environments/{environment_id}", "environment_id", lambda w: [w.environment, w.stopped]),
    ("/deployments/{deployment_id}", "deployment_id", lambda w: [w.blocked, w.approved, w.running, w.failed]),
    ("/jobs/{job_id}", "job_id", lambda w: [w.finished] * 3 + list(w.jobs.values())),
    ("/jobs/artifacts/{ref_name}", "ref_name", lambda w: ["main"]),
    ("/{artifact_path}", "artifact_path", lambda w: [NOTES]),
    ("/pipelines/{pipeline_id}", "pipeline_id", lambda w: [w.pipeline]),
    ("/resource_groups/{key}", "key", lambda w: [w.resource_group]),
    ("/personal_access_tokens/{token_id}", "token_id", lambda w: [w.token["id"]]),
    ("/projects/{id}/access_tokens/{token_id}", "token_id", lambda w: [w.project_token["id"]]),
    ("/groups/{id}/access_tokens/{token_id}", "token_id", lambda w: [w.group_token["id"]]),
    ("/projects/{id}/runners/{runner_id}", "runner_id", lambda w: [w.borrowed]),
    ("/runners/{runner_id}", "runner_id", lambda w: [w.runner["id"]]),
    ("/triggers/{trigger_id}", "trigger_id", lambda w: [w.trigger["id"]]),
    ("/ref/{ref}/trigger", "ref", lambda w: ["main"]),
    ("/members/", "user_id", lambda w: [w.user, w.stranger]),
    ("/projects/user/{user_id}", "user_id", lambda w: [w.user]),
    ("/share/{group_id}", "group_id", lambda w: [w.shared_with, w.guests["id"]]),
    ("/groups/{id}/protected_environments", "name", lambda w: [w.tier]),
    ("/projects/{id}/protected_environments", "name", lambda w: [w.protection]),
    ("/variables/{key}", "key", lambda w: [w.variable]),
    ("/protected_branches", "name", lambda w: [w.protected_branch, "main"]),
    ("/protected_tags", "name", lambda w: [w.protected_tag]),
    ("/branches/{branch}", "branch", lambda w: [w.branch, "main"]),
    ("/tags/{tag_name}", "tag_name", lambda w: [w.tag]),
    ("/commits/{sha}", "sha", lambda w: [w.sha, "main", w.sha[:8]]),
    ("/files/{file_path}", "file_path", lambda w: [README]),
    ("/users/{id}/unban", "id", lambda w: [w.person_who_is("ban")]),
    ("/users/{id}/unblock", "id", lambda w: [w.person_who_is("block")]),
    ("/users/{id}/activate", "id", lambda w: [w.person_who_is("deactivate")]),
    ("/users/{id}", "id", lambda w: [w.user, w.stranger]),
    ("/pipelines/latest", "id", lambda w: [w.pipeline and w.project["id"]]),
    ("/groups/{id}", "id", lambda w: [w.group["id"], w.group["full_path"], w.subgroup["full_path"]]),
    ("/mirror/pull", "id", lambda w: [w.imported]),
    ("/projects/{id}", "id", lambda w: [w.project["id"], w.project["path_with_namespace"]]),
    ("/namespaces/{id}", "id", lambda w: [w.group["id"], w.group["full_path"]]),
]

# What is gone when a resource was deleted, by the parameter that named it; anything else takes the world with it.
GONE = {
    "environment_id": ["environment", "stopped"],
    "deployment_id": ["blocked", "approved", "running", "failed"],
    "pipeline_id": ["pipeline", "jobs", "handed", "finished", "resource_group"],
    "token_id": ["token", "project_token", "group_token"],
    "trigger_id": ["trigger"],
    "runner_id": ["runner", "borrowed"],
    "group_id": ["shared_with"],
    "name": ["protection", "tier", "protected_branch", "protected_tag", "blocked", "approved"],
    "branch": ["branch"],
    "tag_name": ["tag"],
    "key": ["variable"],
}

# Real values for parameters and fields, by their names, wherever they are.
NAMES = {
    "user_id": lambda w: w.user,
    "user_ids": lambda w: [w.user],
    "username": lambda w: fresh("person"),
    "email": lambda w: f"{fresh('person')}@example.com",
    "path": lambda w: fresh("path"),
    "group_id": lambda w: w.shared_with,
    "parent_id": lambda w: w.group["id"],
    "namespace_id": lambda w: w.group["id"],
    "namespace": lambda w: w.subgroup["id"],
    "project_id": lambda w: w.project["id"],
    "pipeline_id": lambda w: w.pipeline,
    "environment": lambda w: w.protection,
    "sha": lambda w: w.sha,
    "ref": lambda w: "main",
    "ref_name": lambda w: "main",
    "job": lambda w: w.finished and w.handed["job_info"]["name"],
    "branch": lambda w: w.branch,
    "access_level": lambda w: 30,
    "group_access": lambda w: 20,
    "expires_at": lambda w: "2027-01-31",
}

# Bodies that can succeed, by the end of "METHOD path".
GOOD = {
    "POST /groups": lambda w: {"name": "A group", "path": fresh("made")},
    "POST /groups/{id}/transfer": lambda w: {"group_id": w.guests["id"]},
    "PUT /groups/{id}": lambda w: {"description": "Changed"},
    "POST /projects": lambda w: {"name": fresh("made"), "namespace_id": w.group["id"]},
    "POST /projects/user/{user_id}": lambda w: {"name": fresh("made")},
    "PUT /projects/{id}": lambda w: {"description": "Changed"},
    "PUT /projects/{id}/transfer": lambda w: {"namespace": w.subgroup["id"]},
    "/members": lambda w: {"user_id": w.stranger, "access_level": 30},
    "PUT /groups/{id}/members/{user_id}": lambda w: {"access_level": 40},
    "PUT /projects/{id}/members/{user_id}": lambda w: {"access_level": 50},
    "/share": lambda w: {"group_id": w.guests["id"], "group_access": 30},
    "POST /users": lambda w: {
        "username": (name := fresh("made")), "name": name, "email": f"{name}@example.com", "force_random_password": True,
    },
    "PUT /users/{id}": lambda w: {"name": "Changed", "note": "Noted"},
    "/personal_access_tokens": lambda w: {"name": "a token", "scopes": ["read_api"], "expires_at": "2027-01-31"},
    "/access_tokens": lambda w: {"name": "a token", "scopes": ["api"], "access_level": 30, "expires_at": "2027-01-31"},
    "/rotate": lambda w: {},
    "POST /projects/{id}/runners": lambda w: {"runner_id": w.runner_of_another_project},
    "PUT /runners/{runner_id}": lambda w: {"description": "Changed", "access_level": "ref_protected"},
    "POST /user/runners": lambda w: {"runner_type": "group_type", "group_id": w.group["id"]},
    "POST /groups/{id}/protected_environments": lambda w: {
        "name": "testing", "deploy_access_levels": [{"access_level": 40}, {"group_id": w.subgroup["id"]}],
    },
    "POST /projects/{id}/protected_environments": lambda w: {
        "name": fresh("shielded"),
        "deploy_access_levels": [{"access_level": 40}, {"group_id": w.shared_with}],
        "approval_rules": [{"user_id": w.user, "required_approvals": 1}],
    },
    "/protected_environments/{name}": lambda w: {
        "required_approval_count": 1, "deploy_access_levels": [{"user_id": w.people.developer}],
    },
    "POST /projects/{id}/deployments": lambda w: {
        "environment": w.protection, "sha": w.sha, "ref": "main", "tag": False, "status": "running",
    },
    "PUT /projects/{id}/deployments/{deployment_id}": lambda w: {"status": "failed"},
    "/approval": lambda w: {"status": "approved", "comment": "Seen"},
    "POST /projects/{id}/environments": lambda w: {"name": fresh("review"), "tier": "development"},
    "PUT /projects/{id}/environments/{environment_id}": lambda w: {"external_url": "https://example.com"},
    "/stop": lambda w: {"force": True},
    "/stop_stale": lambda w: {"before": "2026-01-31T00:00:00Z"},
    "POST /projects/{id}/pipeline": lambda w: {"ref": w.commit and "main"},
    "/resource_groups/{key}": lambda w: {"process_mode": "oldest_first"},
    "POST /projects/{id}/triggers": lambda w: {"description": "nightly"},
    "PUT /projects/{id}/triggers/{trigger_id}": lambda w: {"description": "weekly"},
    "POST /projects/{id}/trigger/pipeline": lambda w: {
        "ref": w.commit and "main", "token": w.trigger["token"], "variables": {"A": "b"},
    },
    "POST /projects/{id}/ref/{ref}/trigger/pipeline": lambda w: {"token": w.commit and w.trigger["token"]},
    "/ci/lint": lambda w: {"content": "work: {script: [echo]}", "dry_run": True, "include_jobs": True},
    "/metadata": lambda w: {"name": "A name"},
    "/play": lambda w: {"job_variables_attributes": [{"key": "A", "value": "b"}]},
    "/variables": lambda w: {"key": fresh("MADE").replace("-", "_"), "value": "a value"},
    "/variables/{key}": lambda w: {"value": "another value"},
    "POST /projects/{id}/protected_branches": lambda w: {"name": fresh("release"), "push_access_level": 40},
    "/protected_branches/{name}": lambda w: {"allow_force_push": True},
    "POST /projects/{id}/protected_tags": lambda w: {"name": fresh("v"), "create_access_level": 40},
    "POST /projects/{id}/repository/branches": lambda w: {"branch": fresh("topic"), "ref": "main"},
    "POST /projects/{id}/repository/tags": lambda w: {"tag_name": fresh("v"), "ref": w.sha, "message": "A release"},
    "POST /projects/{id}/repository/commits": lambda w: {
        "branch": "main", "commit_message": "More",
        "actions": [{"action": "create", "file_path": fresh("file"), "content": "text"}],
    },
    "/application/settings": lambda w: {"group_protection_min_role": "maintainer"},
}


def good(method: str, path: str, world: World):
    """A body that can succeed, if one is known; the longest end of the path decides."""
    found = [key for key in GOOD if f"{method} {path}".endswith(key)]
    return GOOD[max(found, key=len)](world) if found else None


def nested(body) -> bool:
    """Whether a body has more than plain values: how a form writes that, the document cannot say."""
    return isinstance(body, dict) and any(isinstance(value, (dict, list)) for value in body.values())


def path_parameters(path: str, given: dict, world: World, dice) -> dict:
    """The same parameters with real values, as far as their meaning is known."""
    aimed = dict(given)
    for name in given:
        for part, parameter, values in PATHS:
            if parameter == name and part in path:
                aimed[name] = quote(str(dice.choice(values(world))), safe="")
                break
    return aimed


def by_name(given, world: World, dice):
    """The same values, but real ones under some of the names that are known, at any depth."""
    if isinstance(given, list):
        return [by_name(value, world, dice) for value in given]
    if not isinstance(given, dict):
        return given
    aimed = {}
    for name, value in given.items():
        real = NAMES.get(name) if dice.random() < 0.5 else None
        aimed[name] = real(world) if real else by_name(value, world, dice)
    return aimed


def deleted(path: str, world: World) -> World:
    """The world after a successful deletion: what was deleted is made anew when it is next asked for."""
    parameter = path.rstrip("/").rsplit("/", 1)[-1].strip("{}")
    if parameter == "approval":
        parameter = "deployment_id"
    if parameter == "self":
        parameter = "token_id"
    if parameter not in GONE:
        return World(world.people)
    for name in GONE[parameter]:
        vars(world).pop(name, None)
    return world
