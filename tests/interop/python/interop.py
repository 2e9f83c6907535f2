"""The life of protected environments as python-gitlab plays it. Needs COUNTERSIGN_URL, COUNTERSIGN_LIMITED_URL (a server
that lets each token make few requests a second) and COUNTERSIGN_TOKEN, the first administrator's on both."""

import os
import time
from collections import namedtuple

from gitlab import exceptions as errors

from check import LIBRARY, refused, same, shows, sign_in, step, total
from protections import GroupProtections, ProjectProtections, life

ROOT_TOKEN = os.environ["COUNTERSIGN_TOKEN"]
SHA = "0123456789abcdef0123456789abcdef01234567"
REPORTER, DEVELOPER, MAINTAINER, OWNER = 20, 30, 40, 50
ROWS = 251

Person = namedtuple("Person", "id name username client")
root = sign_in(ROOT_TOKEN)


def make_person(name):
    username = f"{LIBRARY}-{name}"
    user = root.users.create({
        "username": username, "name": f"{name} of {LIBRARY}", "email": f"{username}@example.com",
        "force_random_password": True, "skip_confirmation": True,
    })
    token = user.personal_access_tokens.create({"name": "interop", "scopes": ["api"]})
    return Person(user.id, user.name, username, sign_in(token.token))


def usernames(rows):
    return sorted(row.username for row in rows)


with step("say who is there"):
    version, _ = root.version()
    same("an edition with protected environments", version.endswith("-ee"), True)
    root.auth()
    shows("me", root.user.attributes, {"id": 1, "username": "root", "is_admin": True, "state": "active"})

with step("people"):
    lead, dev, qa, sec1, sec2, stranger = map(make_person, ("lead", "dev", "qa", "sec1", "sec2", "stranger"))
    dev.client.auth()
    same("signed in", (dev.client.user.id, dev.client.user.username), (dev.id, dev.username))
    found = root.users.list(username=dev.username, get_all=True)
    same("found by name", [(user.id, user.email) for user in found], [(dev.id, f"{dev.username}@example.com")])
    user = root.users.get(dev.id)
    user.note = "on call"
    user.save()
    same("changed", root.users.get(dev.id).note, "on call")
    guest = root.users.get(stranger.id)
    same("blocked", (guest.block(), root.users.get(guest.id).state), (True, "blocked"))
    refused(errors.GitlabGetError, 403, "blocked", stranger.client.auth)
    same("unblocked", (guest.unblock(), root.users.get(guest.id).state), (True, "active"))

with step("tokens"):
    made = root.users.get(dev.id).personal_access_tokens.create(
        {"name": "second", "scopes": ["read_api"], "expires_at": time.strftime("%Y-12-31")})
    shows("made", made.attributes, {"user_id": dev.id, "scopes": ["read_api"], "active": True, "revoked": False})
    second = sign_in(made.token)
    itself = second.personal_access_tokens.get("self")
    same("read by itself", (itself.id, "token" in itself.attributes), (made.id, False))
    listed = root.personal_access_tokens.list(user_id=dev.id, get_all=True)
    same("listed", sorted(token.name for token in listed), ["interop", "second"])
    rotated = root.personal_access_tokens.get(made.id).rotate()
    same("rotated", (rotated["name"], rotated["id"] != made.id, rotated["token"] != made.token), ("second", True, True))
    third = sign_in(rotated["token"])
    same("the new one works", third.http_get("/user")["id"], dev.id)
    root.personal_access_tokens.delete(rotated["id"])
    refused(errors.GitlabAuthenticationError, 401, "invalid_token", third.auth)

with step("act for somebody else"):
    same("by name", root.http_get("/user", sudo=dev.username)["id"], dev.id)
    same("by id", root.users.list(username=dev.username, sudo=dev.id, get_all=True)[0].id, dev.id)
    refused(errors.GitlabHttpError, 403, "Must be admin to use sudo", dev.client.http_get, "/user", sudo=lead.id)

with step("groups"):
    org = root.groups.create({"name": f"{LIBRARY} org", "path": f"{LIBRARY}-org", "visibility": "private"})
    ops, testers, security = (
        root.groups.create({"name": f"{name} of {LIBRARY}", "path": name, "parent_id": org.id})
        for name in ("ops", "testers", "security"))
    outside = root.groups.create({"name": f"{LIBRARY} outside", "path": f"{LIBRARY}-outside"})
    shows("made", testers.attributes, {"full_path": f"{LIBRARY}-org/testers", "parent_id": org.id})
    org.description = "ships things"
    org.save()
    same("read by path", root.groups.get(f"{LIBRARY}-org").description, "ships things")
    same("subgroups", sorted(group.id for group in org.subgroups.list()), [ops.id, testers.id, security.id])
    same("found", [group.id for group in root.groups.list(search=f"{LIBRARY}-outside", iterator=True)], [outside.id])
    outside.transfer(org.id)
    same("moved", root.groups.get(outside.id).full_path, f"{LIBRARY}-org/{LIBRARY}-outside")
    outside.transfer()
    same("moved to the top", root.groups.get(outside.id).full_path, f"{LIBRARY}-outside")

with step("members"):
    for group, person, role in (
        (org, lead, MAINTAINER), (org, dev, REPORTER), (ops, dev, DEVELOPER), (testers, qa, DEVELOPER),
        (security, sec1, DEVELOPER), (security, sec2, DEVELOPER), (ops, stranger, REPORTER),
    ):
        made = group.members.create({"user_id": person.id, "access_level": role})
        shows("made", made.attributes, {"id": person.id, "access_level": role, "expires_at": None})
    member = org.members.get(dev.id)
    member.access_level = DEVELOPER
    member.save()
    same("changed", org.members.get(dev.id).access_level, DEVELOPER)
    same("direct", usernames(testers.members.list(get_all=True)), sorted([qa.username, "root"]))
    everybody = sorted([qa.username, lead.username, dev.username, "root"])
    same("inherited too", usernames(testers.members_all.list(get_all=True)), everybody)
    ops.members.delete(stranger.id)
    refused(errors.GitlabGetError, 404, "404", ops.members.get, stranger.id)

with step("projects"):
    made = root.projects.create({"name": "app", "namespace_id": org.id, "visibility": "private"})
    project = root.projects.get(f"{LIBRARY}-org/app")
    shows("made", project.attributes, {"id": made.id, "path_with_namespace": f"{LIBRARY}-org/app", "archived": False})
    project.description, project.allow_pipeline_trigger_approve_deployment = "the app", True
    project.save()
    expected = {"description": "the app", "allow_pipeline_trigger_approve_deployment": True}
    shows("changed", root.projects.get(made.id).attributes, expected)
    project.allow_pipeline_trigger_approve_deployment = False
    project.save()
    project.archive()
    same("archived", root.projects.get(made.id).archived, True)
    project.unarchive()
    project.transfer(outside.id)
    same("moved", root.projects.get(made.id).path_with_namespace, f"{LIBRARY}-outside/app")
    project.transfer(org.full_path)
    pictured = root.projects.create({"name": "pictured", "namespace_id": org.id, "avatar": b"as multipart"})
    same("made with a picture", (pictured.name, pictured.namespace["id"]), ("pictured", org.id))
    pictured.delete()
    project.members.create({"username": sec1.username, "access_level": REPORTER})
    same("its members", usernames(project.members.list(get_all=True)), [sec1.username])
    project.members.delete(sec1.id)
    branch = lead.client.projects.get(project.id).protectedbranches.get("main")
    same("main is protected", [row["access_level"] for row in branch.push_access_levels], [MAINTAINER])

with step("access tokens of a project and a group"):
    for place, role in ((project, DEVELOPER), (org, OWNER)):
        made = place.access_tokens.create(
            {"name": "robot", "scopes": ["api"], "access_level": role, "expires_at": time.strftime("%Y-12-31")})
        shows("made", made.attributes, {"name": "robot", "access_level": role, "active": True, "revoked": False})
        robot = sign_in(made.token)
        robot.auth()
        same("a bot", (robot.user.id, robot.user.bot), (made.user_id, True))
        same("a member", place.members.get(made.user_id).access_level, role)
        shown = place.access_tokens.get(made.id)
        same("shown without its secret", (shown.id, "token" in shown.attributes), (made.id, False))
        listed = place.access_tokens.list(state="active", get_all=True)
        same("listed", [token.id for token in listed], [made.id])
        rotated = shown.rotate()
        same("rotated", (rotated["id"] != made.id, rotated["user_id"]), (True, made.user_id))
        robot = sign_in(rotated["token"])
        where = robot.projects if place is project else robot.groups
        again = where.get(place.id, lazy=True).access_tokens.rotate("self")
        same("rotated by itself", again["user_id"], made.user_id)
        place.access_tokens.delete(again["id"])
        refused(errors.GitlabAuthenticationError, 401, "invalid_token", sign_in(again["token"]).auth)
        refused(errors.GitlabGetError, 404, "404", place.members.get, made.user_id)
        same("remembered", place.access_tokens.get(again["id"]).revoked, True)
    wanted = {"name": "more", "scopes": ["api"], "access_level": OWNER}
    refused(errors.GitlabCreateError, 400, "Owner", lead.client.projects.get(project.id).access_tokens.create, wanted)

with step("trigger tokens"):
    triggered = root.projects.create({"name": "triggered", "namespace_id": org.id})
    yaml = "job: {only: [triggers], script: [echo]}"
    triggered.commits.create({"branch": "main", "commit_message": "Begin", "actions": [
        {"action": "create", "file_path": ".gitlab-ci.yml", "content": yaml}]})
    theirs = lead.client.projects.get(triggered.id)
    trigger = theirs.triggers.create({"description": "nightly"})
    shows("made", trigger.attributes, {"description": "nightly", "last_used": None})
    same("of whoever made it", trigger.owner["id"], lead.id)
    secret = trigger.token
    trigger.description = "weekly"
    trigger.save()
    shown = theirs.triggers.get(trigger.id)
    same("shown in short", (shown.description, len(shown.token)), ("weekly", 4))
    pipeline = stranger.client.projects.get(triggered.id, lazy=True).trigger_pipeline("main", secret, {"WHY": "because"})
    shows("a pipeline of its owner", pipeline.attributes, {"source": "trigger", "ref": "main"})
    same("creator", pipeline.user["id"], lead.id)
    given = theirs.pipelines.get(pipeline.id).variables.list(get_all=True)
    same("variables", [(it.key, it.value) for it in given], [("WHY", "because")])
    same("used", theirs.triggers.list(get_all=True)[0].last_used is None, False)
    refused(errors.GitlabCreateError, 404, "404", theirs.trigger_pipeline, "main", "glptt-nobody-has-this-one")
    theirs.triggers.delete(trigger.id)
    refused(errors.GitlabCreateError, 404, "404", theirs.trigger_pipeline, "main", secret)
    triggered.delete()

with step("shares"):
    project.share(outside.id, DEVELOPER, None)
    shared = root.projects.get(project.id).shared_with_groups
    same("shared", [(row["group_id"], row["group_access_level"]) for row in shared], [(outside.id, DEVELOPER)])
    org.share(outside.id, REPORTER, expires_at="2099-01-31")
    row = root.groups.get(org.id).shared_with_groups[0]
    shows("a group's", row, {"group_id": outside.id, "group_access_level": REPORTER, "expires_at": "2099-01-31"})
    project.unshare(outside.id)
    org.unshare(outside.id)
    same("no more", root.projects.get(project.id).shared_with_groups + root.groups.get(org.id).shared_with_groups, [])
    project.share(testers.id, REPORTER)
    project.share(security.id, REPORTER)
    project.share(ops.id, REPORTER)

with step("environments"):
    theirs = dev.client.projects.get(project.id)
    made = theirs.environments.create({"name": "review/one"}, external_url="https://one.example.com")
    shows("made", made.attributes, {"name": "review/one", "state": "available", "tier": "development"})
    same("from the query", made.external_url, "https://one.example.com")
    found = theirs.environments.list(name="review/one", get_all=True)
    same("found by name", [environment.id for environment in found], [made.id])
    made.external_url = "https://two.example.com"
    made.save()
    same("changed", theirs.environments.get(made.id).external_url, "https://two.example.com")
    refused(errors.GitlabDeleteError, 403, "", made.delete)
    made.stop()
    same("stopped", theirs.environments.get(made.id).state, "stopped")
    made.delete()
    refused(errors.GitlabGetError, 404, "404", theirs.environments.get, made.id)

with step("variables"):
    mine = lead.client.projects.get(project.id)
    made = mine.variables.create({"key": "TOKEN", "value": "abcd1234", "masked": True, "environment_scope": "review/*"})
    shows("made", made.attributes, {"key": "TOKEN", "value": "abcd1234", "masked": True, "protected": False,
                                    "variable_type": "env_var", "environment_scope": "review/*", "raw": False})
    mine.variables.create({"key": "TOKEN", "value": "hidden-1234", "masked_and_hidden": True})
    refused(errors.GitlabGetError, 409, "filter[environment_scope]", mine.variables.get, "TOKEN")
    review = {"environment_scope": "review/*"}
    same("one of two", mine.variables.get("TOKEN", filter=review).value, "abcd1234")
    everywhere = mine.variables.get("TOKEN", filter={"environment_scope": "*"})
    same("hidden", (everywhere.value, everywhere.hidden), (None, True))
    mine.variables.update("TOKEN", {"value": "efgh5678", "protected": True}, filter=review)
    shows("changed", mine.variables.get("TOKEN", filter=review).attributes, {"value": "efgh5678", "protected": True})
    refused(errors.GitlabCreateError, 400, "taken", mine.variables.create, {"key": "TOKEN", "value": "x"})
    refused(errors.GitlabCreateError, 400, "masked", mine.variables.create, {"key": "T", "value": "x", "masked": True})
    mine.variables.delete("TOKEN", filter=review)
    made = mine.variables.get("TOKEN")
    made.value = "another-1234"
    made.save()
    made.delete()
    same("all gone", mine.variables.list(get_all=True), [])
    for place in (root.groups.get(org.id), root):
        made = place.variables.create({"key": f"{LIBRARY}_FILE", "value": "a\nb", "variable_type": "file"})
        made.description = "a file"
        made.save()
        shows("changed", place.variables.get(made.key).attributes, {"variable_type": "file", "description": "a file"})
        same("listed", made.key in [row.key for row in place.variables.list(get_all=True)], True)
        made.delete()
        refused(errors.GitlabGetError, 404, "404", place.variables.get, made.key)
    refused(errors.GitlabListError, 403, "403", dev.client.projects.get(project.id).variables.list)
    refused(errors.GitlabListError, 403, "403", lead.client.variables.list)

own = ProjectProtections(lead.client, project.id)
for name in ("production", 'qa/eu west "1"'):
    life(own, name, person=dev, group=ops, another=testers, stranger=stranger)
tiers = GroupProtections(lead.client, org.id)
life(tiers, "production", person=lead, group=ops, another=testers, stranger=stranger)


def report(by, environment, status="running"):
    return by.client.projects.get(project.id, lazy=True).deployments.create(
        {"environment": environment, "sha": SHA, "ref": "main", "tag": False, "status": status})


def seen_by(person, deployment):
    return person.client.projects.get(project.id, lazy=True).deployments.get(deployment.id)


with step("deploy what nothing protects"):
    done = report(dev, "staging")
    same("started", done.status, "running")
    done.status = "success"
    done.save()
    same("finished", seen_by(dev, done).status, "success")
    environment = theirs.environments.list(name="staging", get_all=True)[0]
    same("last deployment", theirs.environments.get(environment.id).last_deployment["id"], done.id)

with step("a deployment is blocked"):
    tiers.create("production", deploy_access_levels=[{"group_id": ops.id}], approval_rules=[
        {"group_id": testers.id}, {"group_id": security.id, "required_approvals": 2}])
    refused(errors.GitlabCreateError, 403, "", report, lead, "production")
    held = report(dev, "production")
    shows("blocked", held.attributes, {"status": "blocked", "pending_approval_count": 3})
    blocked = theirs.deployments.list(status="blocked", environment="production", get_all=True)
    same("listed", [(row.id, row.iid) for row in blocked], [(held.id, held.iid)])
    rules = seen_by(lead, held).approval_summary["rules"]
    same("rules", [(r["group_id"], r["required_approvals"]) for r in rules], [(testers.id, 1), (security.id, 2)])
    refused(errors.GitlabUpdateError, 403, "", theirs.deployments.update, held.id, {"status": "success"})

with step("several people approve"):
    refused(errors.GitlabDeploymentApprovalError, 403, "", seen_by(dev, held).approval, "approved")
    refused(errors.GitlabGetError, 404, "404", seen_by, stranger, held)
    refused(errors.GitlabDeploymentApprovalError, 400, "status", seen_by(qa, held).approval, "perhaps")
    vote = seen_by(qa, held).approval("approved", comment="tested")
    shows("vote", vote, {"status": "approved", "comment": "tested"})
    same("voter", vote["user"]["id"], qa.id)
    same("as", seen_by(sec1, held).approval("approved", represented_as=security.name)["represented_as"], security.name)
    same("status and pending", [getattr(seen_by(lead, held), it) for it in ("status", "pending_approval_count")],
         ["blocked", 1])
    seen_by(sec2, held).approval("approved")
    now = seen_by(lead, held)
    same("status and pending", (now.status, now.pending_approval_count), ("created", 0))
    same("voters", [vote["user"]["id"] for vote in now.approvals], [qa.id, sec1.id, sec2.id])
    refused(errors.GitlabDeploymentApprovalError, 400, "", seen_by(qa, held).approval, "approved")

with step("what was approved is deployed"):
    for status in ("running", "success"):
        theirs.deployments.update(held.id, {"status": status})
        same("status", seen_by(dev, held).status, status)
    refused(errors.GitlabUpdateError, 400, "", theirs.deployments.update, held.id, {"status": "success"})

with step("a deployment is rejected"):
    lost = report(dev, "production")
    same("vote", seen_by(sec2, lost).approval("rejected", comment="not on a Friday")["status"], "rejected")
    now = seen_by(lead, lost)
    same("status", (now.status, now.approvals[0]["comment"]), ("failed", "not on a Friday"))
    refused(errors.GitlabUpdateError, 403, "", theirs.deployments.update, lost.id, {"status": "running"})
    everything = theirs.deployments.list(environment="production", order_by="id", sort="desc", get_all=True)
    same("listed", [(row.id, row.status) for row in everything], [(lost.id, "failed"), (held.id, "success")])
    same("merge requests", theirs.deployments.get(held.id).mergerequests.list(get_all=True), [])

with step("the unified count, and unprotecting"):
    own.create("canary", deploy_access_levels=[{"access_level": DEVELOPER}], required_approval_count=1)
    first, second = report(dev, "canary"), report(dev, "canary")
    for waits in (first, second):
        shows("blocked", waits.attributes, {"status": "blocked", "pending_approval_count": 1})
    refused(errors.GitlabDeploymentApprovalError, 403, "", seen_by(dev, first).approval, "approved")
    seen_by(lead, first).approval("approved")
    own.delete("canary")
    same("approved, and set free", [seen_by(dev, it).status for it in (first, second)], ["created", "created"])

with step(f"make {ROWS} projects"):
    many = root.groups.create({"name": f"{LIBRARY} rows", "path": f"{LIBRARY}-rows"})
    made = [root.projects.create({"name": f"{LIBRARY}-row-{n}", "namespace_id": many.id}).id for n in range(ROWS)]
    same("ids of their own", len(set(made)), ROWS)

with step("walk them by page"):
    search = {"search": f"{LIBRARY}-row-", "order_by": "id", "sort": "asc"}
    pages = root.projects.list(iterator=True, per_page=100, **search)
    same("totals", (pages.total, pages.total_pages, pages.per_page, pages.next_page), (ROWS, 3, 100, 2))
    same("ids", [row.id for row in pages], made)
    same("last page", [row.id for row in root.projects.list(page=3, per_page=100, **search)], made[200:])
    same("of the group", len(many.projects.list(get_all=True, per_page=7)), ROWS)
    head = root.http_head("/projects", query_data=search)
    same("headers alone", (head["X-Total"], head["Content-Type"]), (str(ROWS), "application/json"))

with step("walk them by key"):
    rows = root.projects.list(iterator=True, pagination="keyset", per_page=50, **search)
    same("no totals", (rows.total, rows.total_pages), (None, None))
    same("ids", [row.id for row in rows], made)
    search["sort"] = "desc"
    same("ids", [row.id for row in root.projects.list(get_all=True, pagination="keyset", **search)], made[::-1])

with step("every kind of refusal"):
    refused(errors.GitlabHttpError, 400, "name is missing", root.http_post, "/groups", post_data={"path": "x"})
    refused(errors.GitlabCreateError, 400, "path", root.groups.create, {"name": "x", "path": f"{LIBRARY}-org"})
    refused(errors.GitlabAuthenticationError, 401, "401 Unauthorized", sign_in("glpat-nobody-has-this-one").auth)
    refused(errors.GitlabCreateError, 403, "403 Forbidden", dev.client.users.create,
            {"username": "x", "name": "x", "email": "x@example.com", "password": "correct horse battery"})
    refused(errors.GitlabUpdateError, 403, "403 Forbidden", dev.client.projects.update, project.id, {"name": "mine"})
    refused(errors.GitlabGetError, 404, "404 Project Not Found", stranger.client.projects.get, project.id)
    refused(errors.GitlabListError, 404, "404 Group Not Found", stranger.client.groups.get(org.id, lazy=True).members.list)
    refused(errors.GitlabGetError, 404, "", root.projects.get(project.id, lazy=True).issues.get, 1)
    refused(errors.GitlabHeadError, 404, "", root.projects.head, 99999999)
    refused(errors.GitlabHttpError, 405, "405", root.http_put, "/version")
    refused(errors.GitlabStopError, 404, "404", theirs.environments.get(99999999, lazy=True).stop)
    refused(errors.GitlabBlockError, 404, "404", root.users.get(99999999, lazy=True).block)
    refused(errors.GitlabTransferProjectError, 404, "", project.transfer, 99999999)
    refused(errors.GitlabGroupTransferError, 404, "", org.transfer, 99999999)
    refused(errors.GitlabRotateError, 404, "", root.personal_access_tokens.rotate, 99999999)
    reader = root.users.get(dev.id).personal_access_tokens.create({"name": "reader", "scopes": ["read_api"]})
    refused(errors.GitlabCreateError, 403, "insufficient_scope", sign_in(reader.token).groups.create,
            {"name": "y", "path": "y"})

with step("a limit is waited out"):
    limited = sign_in(ROOT_TOKEN, os.environ["COUNTERSIGN_LIMITED_URL"])
    same("all answered", [limited.http_get("/user")["id"] for _ in range(15)], [1] * 15)

    def hurry():
        for _ in range(200):
            limited.http_get("/user", obey_rate_limit=False)

    refused(errors.GitlabHttpError, 429, "", hurry)

with step("delete everything"):
    tiers.delete("production")
    project.delete()
    refused(errors.GitlabGetError, 404, "404 Project Not Found", root.projects.get, project.id)
    for group in (org, outside, many):
        group.delete()
        refused(errors.GitlabGetError, 404, "404 Group Not Found", root.groups.get, group.id)
    refused(errors.GitlabGetError, 404, "404", root.groups.get, testers.id)
    root.users.delete(stranger.id)
    refused(errors.GitlabGetError, 404, "404", root.users.get, stranger.id)

total()
