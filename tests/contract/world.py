"""What the generated requests are about: people, and worlds of things made by real requests as they are asked for."""

import io
import itertools
import os
import zipfile
from functools import cached_property

import requests
from requests.adapters import HTTPAdapter

CI_FILE = """
work: {script: [echo]}
idle: {script: [echo], when: manual}
ship: {script: [echo], environment: staging}
serial: {script: [echo], tags: [nobody], resource_group: gate/keeper}
"""
README = "README.md"
NOTES = "notes.txt"
COUNTER = itertools.count(1)


def fresh(kind: str) -> str:
    """A name nothing else has."""
    return f"{kind}-{os.getpid()}-{next(COUNTER)}"


def archive() -> bytes:
    """A zip archive of one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        files.writestr(NOTES, "a note")
    return packed.getvalue()


class Seeding(Exception):
    """What a world needs could not be made: a request has destroyed what it stands on."""


class From(HTTPAdapter):
    """Sends from an address of this machine, so that who shows wrong secrets from another one is not in the way."""

    def __init__(self, address: str):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args, **more):
        super().init_poolmanager(*args, **more, source_address=(self.address, 0))


class Api:
    """A client of the server; a refusal is an error, since the world would not be what it is thought to be."""

    def __init__(self, url: str, token: str):
        self.url = f"{url}/api/v4"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.mount("http://", From("127.0.0.2"))
        self.session.headers["PRIVATE-TOKEN"] = token

    def send(self, method: str, path: str, body=None, **more):
        reply = self.session.request(method, self.url + path, json=body, timeout=30, **more)
        if reply.status_code >= 300:
            raise Seeding(f"{method} {path} {body}: {reply.status_code} {reply.text}")
        return reply.json() if reply.content else None

    def post(self, path: str, body=None, **more):
        return self.send("POST", path, {} if body is None else body, **more)


class People:
    """Who sends requests. They serve all worlds, so nothing that would end them is sent: see `protected`."""

    def __init__(self, root: Api):
        self.root = root
        self.admin = self.person("admin", admin=True)
        self.developer = self.person("developer")
        self.outsider = self.person("outsider")
        self.tokens = {}
        self.protected_tokens = {token["id"] for token in root.send("GET", "/personal_access_tokens?per_page=100")}
        for name, user, scopes in (
            ("admin", self.admin, ["api", "sudo"]),
            ("reading", self.admin, ["read_api"]),
            ("developer", self.developer, ["api"]),
            ("outsider", self.outsider, ["api"]),
        ):
            self.tokens[name] = self.token(user, scopes)
        self.protected_users = {1, self.admin, self.developer, self.outsider}

    def person(self, kind: str, **more) -> int:
        name = fresh(kind)
        body = {"username": name, "name": name, "email": f"{name}@example.com", "force_random_password": True}
        return self.root.post("/users", {**body, **more})["id"]

    def token(self, user: int, scopes) -> str:
        made = self.root.post(f"/users/{user}/personal_access_tokens", {"name": fresh("token"), "scopes": scopes})
        self.protected_tokens.add(made["id"])
        return made["token"]


class World:
    """One of everything, each made when it is first asked for. Requests may destroy it: then there is another."""

    def __init__(self, people: People):
        self.people = people
        self.root = people.root

    @cached_property
    def group(self):
        name = fresh("group")
        group = self.root.post("/groups", {"name": name, "path": name})
        self.member(f"/groups/{group['id']}", self.people.admin, 50)
        self.member(f"/groups/{group['id']}", self.people.developer, 30)
        self.member(f"/groups/{group['id']}", self.user, 30)
        return group

    def member(self, at: str, user: int, level: int) -> int:
        self.root.post(f"{at}/members", {"user_id": user, "access_level": level})
        return user

    @cached_property
    def user(self) -> int:
        return self.people.person("somebody")

    @cached_property
    def stranger(self) -> int:
        """Somebody who is a member of nothing."""
        return self.people.person("stranger")

    def person_who_is(self, what: str) -> int:
        """Somebody whom an administrator has just banned, blocked or deactivated, if they were not already."""
        self.root.session.post(f"{self.root.url}/users/{self.stranger}/{what}", timeout=30)
        return self.stranger

    @cached_property
    def token(self):
        body = {"name": fresh("token"), "scopes": ["api"]}
        return self.root.post(f"/users/{self.user}/personal_access_tokens", body)

    @cached_property
    def project_token(self):
        return self.root.post(f"{self.at}/access_tokens", {"name": fresh("token"), "scopes": ["api"]})

    @cached_property
    def group_token(self):
        body = {"name": fresh("token"), "scopes": ["api"], "access_level": 50}
        return self.root.post(f"/groups/{self.group['id']}/access_tokens", body)

    @cached_property
    def imported(self) -> int:
        """A project that is fetched from elsewhere, in vain."""
        body = {"name": fresh("imported"), "namespace_id": self.group["id"], "import_url": "https://git.invalid/a/b"}
        return self.root.post("/projects", body)["id"]

    @cached_property
    def subgroup(self):
        name = fresh("sub")
        return self.root.post("/groups", {"name": name, "path": name, "parent_id": self.group["id"]})

    @cached_property
    def guests(self):
        """A group to be invited."""
        name = fresh("guests")
        return self.root.post("/groups", {"name": name, "path": name})

    @cached_property
    def shared_with(self) -> int:
        """A group that was invited to the group and the project."""
        name = fresh("invited")
        invited = self.root.post("/groups", {"name": name, "path": name})["id"]
        for at in (f"/groups/{self.group['id']}", self.at):
            self.root.post(f"{at}/share", {"group_id": invited, "group_access": 30})
        return invited

    @cached_property
    def project(self):
        body = {"name": fresh("project"), "namespace_id": self.group["id"], "initialize_with_readme": True}
        project = self.root.post("/projects", body)
        self.member(f"/projects/{project['id']}", self.user, 40)
        return project

    @property
    def at(self) -> str:
        return f"/projects/{self.project['id']}"

    @cached_property
    def commit(self):
        actions = [{"action": "create", "file_path": ".gitlab-ci.yml", "content": CI_FILE}]
        return self.root.post(
            f"{self.at}/repository/commits",
            {"branch": "main", "commit_message": "Work", "actions": actions},
        )

    @cached_property
    def sha(self) -> str:
        return self.commit["id"]

    @cached_property
    def branch(self) -> str:
        return self.root.post(f"{self.at}/repository/branches", {"branch": fresh("feature/a"), "ref": "main"})["name"]

    @cached_property
    def tag(self) -> str:
        return self.root.post(f"{self.at}/repository/tags", {"tag_name": fresh("v"), "ref": "main"})["name"]

    @cached_property
    def environment(self) -> int:
        return self.root.post(f"{self.at}/environments", {"name": fresh("review/")})["id"]

    @cached_property
    def stopped(self) -> int:
        self.root.post(f"{self.at}/environments/{self.environment}/stop")
        return self.environment

    @cached_property
    def protection(self) -> str:
        """The name of a protected environment whose deployments need approval."""
        entries = [{"access_level": 30}, {"user_id": self.user}]
        rules = [{"access_level": 30, "required_approvals": 2}]
        body = {"name": "production", "deploy_access_levels": entries, "approval_rules": rules}
        return self.root.post(f"{self.at}/protected_environments", body)["name"]

    @cached_property
    def tier(self) -> str:
        """The tier that the group protects."""
        body = {"name": "staging", "deploy_access_levels": [{"access_level": 40}], "required_approval_count": 0}
        return self.root.post(f"/groups/{self.group['id']}/protected_environments", body)["name"]

    def deployment(self, environment: str, status: str, by: str = "admin") -> int:
        body = {"environment": environment, "sha": self.sha, "ref": "main", "tag": False, "status": status}
        headers = {"PRIVATE-TOKEN": self.people.tokens[by]}
        return self.root.post(f"{self.at}/deployments", body, headers=headers)["id"]

    @cached_property
    def blocked(self) -> int:
        return self.deployment(self.protection, "running", by="developer")

    @cached_property
    def approved(self) -> int:
        """A blocked deployment that the administrator has voted on."""
        deployment = self.deployment(self.protection, "running", by="developer")
        headers = {"PRIVATE-TOKEN": self.people.tokens["admin"]}
        self.root.post(f"{self.at}/deployments/{deployment}/approval", {"status": "approved"}, headers=headers)
        return deployment

    @cached_property
    def running(self) -> int:
        return self.deployment("testing", "running")

    @cached_property
    def failed(self) -> int:
        return self.deployment("testing", "failed")

    @cached_property
    def variable(self) -> str:
        """The name of a variable that the project, the group and the instance have."""
        key = fresh("VARIABLE").replace("-", "_")
        for at in (self.at, f"/groups/{self.group['id']}", "/admin/ci"):
            self.root.post(f"{at}/variables", {"key": key, "value": "a value"})
        return key

    @cached_property
    def protected_branch(self) -> str:
        return self.root.post(f"{self.at}/protected_branches", {"name": fresh("release/*")})["name"]

    @cached_property
    def protected_tag(self) -> str:
        return self.root.post(f"{self.at}/protected_tags", {"name": fresh("v*")})["name"]

    @cached_property
    def pipeline(self) -> int:
        assert self.sha
        body = {"ref": "main", "variables": [{"key": "A", "value": "b"}]}
        return self.root.post(f"{self.at}/pipeline", body)["id"]

    @cached_property
    def resource_group(self) -> str:
        """A resource that a job has."""
        assert self.pipeline
        return "gate/keeper"

    @cached_property
    def trigger(self):
        return self.root.post(f"{self.at}/triggers", {"description": fresh("trigger")})

    @cached_property
    def jobs(self) -> dict:
        listed = self.root.send("GET", f"{self.at}/pipelines/{self.pipeline}/jobs")
        return {job["name"]: job["id"] for job in listed}

    @cached_property
    def finished(self) -> int:
        """A job that ran, with a log and files."""
        job = self.handed
        at, token = f"/jobs/{job['id']}", {"token": job["token"]}
        headers = {"JOB-TOKEN": job["token"], "Content-Range": "0-4", "Content-Type": "text/plain"}
        self.root.session.patch(f"{self.root.url}{at}/trace", data=b"done\n", headers=headers, timeout=30)
        self.root.session.post(
            f"{self.root.url}{at}/artifacts", files={"file": ("artifacts.zip", archive())},
            headers={"JOB-TOKEN": job["token"]}, timeout=30,
        )
        self.root.send("PUT", at, {**token, "state": "success", "output": {}})
        return job["id"]

    @cached_property
    def runner(self):
        """A runner that gets no jobs."""
        body = {"runner_type": "project_type", "project_id": self.project["id"], "paused": True}
        return self.root.post("/user/runners", body)

    @property
    def runner_of_another_project(self) -> int:
        """A new runner, which other projects may have as well."""
        return self.root.post("/user/runners", {"runner_type": "project_type", "project_id": self.imported})["id"]

    @cached_property
    def borrowed(self) -> int:
        """A runner of another project that the project has as well."""
        runner = self.runner_of_another_project
        self.root.post(f"{self.at}/runners", {"runner_id": runner})
        return runner

    @cached_property
    def handed(self) -> dict:
        """A running job, with its token."""
        assert self.jobs
        runner = self.root.post("/user/runners", {"runner_type": "project_type", "project_id": self.project["id"]})
        info = {"name": "gitlab-runner", "version": "19.4.0", "features": {"refspecs": True}}
        asked = {"info": info, "token": runner["token"], "system_id": "s_000000000001"}
        job = self.root.post("/jobs/request", asked, headers={"RUNNER-TOKEN": runner["token"]})
        taken = {"info": info, "token": job["token"], "state": "running", "output": {}}
        self.root.send("PUT", f"/jobs/{job['id']}", taken, headers={"JOB-TOKEN": job["token"]})
        return job
