"""Drives every operation of the OpenAPI document with generated requests, and checks what comes back against it.

Each operation gets the same number of examples, drawn from a seed of its own, so that which process takes it, and when,
makes no difference. Nothing is shrunk: every failure is reported once, as the curl command that shows it.
"""

import argparse
import collections
import multiprocessing
import os
import random
import sys
import time
import traceback
import zlib

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import aim
from world import Api, From, People, Seeding, World

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# A world that changes is replaced after so many requests.
LIFE = 40
# Who asks; mostly somebody who may.
ACTORS = ["admin"] * 14 + ["developer", "developer", "reading", "outsider", "anonymous", "job"]
# Ids that were made up are moved out of the way of real ones, which would otherwise be hit now and then.
FAR = 1 << 40
# With so many examples, every operation must have succeeded at least once.
ENOUGH = 40
# But these: no request can bring it about.
NEVER = {"POST /api/v4/users/{id}/approve", "POST /api/v4/users/{id}/reject"}
# The operation that only the token of a running job may ask for.
OF_A_JOB = "GET /api/v4/job"


class Driver:
    """Sends the requests of one process."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.people = People(Api(arguments.url, os.environ["COUNTERSIGN_TOKEN"]))
        self.elsewhere = World(self.people)

    def operation(self, operation):
        """All examples of one operation; how they were answered."""
        self.world, self.life = World(self.people), 0
        self.failures = {}
        answers = collections.Counter()
        seed = zlib.crc32(operation.label.encode()) ^ self.arguments.seed
        dice = random.Random(seed)
        self.session = requests.Session()
        # Looking for a proxy takes longer than a request.
        self.session.trust_env = False
        # The wrong secrets of one operation do not get the next one refused.
        self.session.mount("http://", From(f"127.1.{seed >> 8 & 255}.{seed & 127 | 1}"))

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=self.arguments.examples, phases=[Phase.generate], deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(case=cases(operation), _salt=st.integers(0, 2**64 - 1))
        def one(case, _salt):
            # The salt keeps an operation with few or no parameters from running out of examples.
            answers[self.send(case, dice)] += 1

        started = time.monotonic()
        one()
        seconds, failures = time.monotonic() - started, list(self.failures.values())
        return {"label": operation.label, "answers": dict(answers), "seconds": seconds, "failures": failures}

    def send(self, case, dice) -> int:
        """Sends one example, and notes what is wrong with the reply; its status."""
        if case.method != "GET" and self.life >= LIFE:
            self.world, self.life = World(self.people), 0
        self.life += 1
        actor = dice.choice(ACTORS)
        try:
            self.aim(case, dice)
            headers = self.secret(case, actor)
        except Seeding:
            self.world, self.life = World(self.people), 0
            self.aim(case, dice)
            headers = self.secret(case, actor)
        response = case.call(base_url=self.arguments.url, session=self.session, headers=headers, timeout=60)
        try:
            case.validate_response(response, checks=CHECKS)
        except (FailureGroup, Failure) as found:
            for failure in getattr(found, "exceptions", [found]):
                self.note(case, headers, response, failure)
        if response.status_code < 300 and (case.method == "DELETE" or "rotate" in case.path):
            self.world = aim.deleted(case.path.removesuffix("/rotate"), self.world)
        return response.status_code

    def aim(self, case, dice):
        """Aims the example at this world, most of the time."""
        path = case.path.removeprefix("/api/v4")
        if "Sudo" in case.headers and dice.random() < 0.9:
            del case.headers["Sudo"]
        given = {name: far(value) for name, value in (case.path_parameters or {}).items()}
        case.path_parameters = aim.path_parameters(path, given, self.world, dice) if dice.random() < 0.8 else given
        if isinstance(case.query, dict) and case.query:
            # The more parameters there are, the likelier one of them is refused.
            kept = {name: value for name, value in case.query.items() if dice.random() < 0.6}
            case.query = aim.by_name(kept, self.world, dice)
        if isinstance(case.body, dict):
            way = dice.choice(["as it is", "aimed", "mixed", "good"])
            good = aim.good(case.method, path, self.world) if way in ("mixed", "good") else None
            if way in ("aimed", "mixed"):
                case.body = aim.by_name(case.body, self.world, dice)
            if good is not None:
                case.body = {**case.body, **good} if way == "mixed" else good
                if aim.nested(good):
                    case.media_type = "application/json"

    def secret(self, case, actor: str) -> dict:
        if case.path.endswith("/projects/{id}/access_tokens/self/rotate"):
            return {"PRIVATE-TOKEN": self.world.project_token["token"]}
        if case.path.endswith("/groups/{id}/access_tokens/self/rotate"):
            return {"PRIVATE-TOKEN": self.world.group_token["token"]}
        if case.path.endswith("/personal_access_tokens/self") or case.path.endswith("/self/rotate"):
            return {"PRIVATE-TOKEN": self.world.token["token"]}
        if actor == "anonymous":
            return {}
        if actor == "job" or case.path.endswith("/v4/job"):
            # A running job takes long to come by; mostly the one of another world must do.
            world = self.world if "handed" in vars(self.world) else self.elsewhere
            return {"JOB-TOKEN": world.handed["token"]}
        return {"PRIVATE-TOKEN": self.people.tokens[actor]}

    def note(self, case, headers, response, failure):
        key = (response.status_code, failure.title, failure.message[:200])
        if key in self.failures:
            self.failures[key]["times"] += 1
            return
        self.failures[key] = {
            "status": response.status_code,
            "what": f"{failure.title}: {failure.message}"[:1500],
            "reply": response.text[:600],
            "curl": case.as_curl_command(headers=headers)[:1500],
            "times": 1,
        }


def cases(operation):
    """Examples that keep to the document, and as many that do not."""
    made = [operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]
    return st.one_of(made)


def far(value):
    """An id that was made up, out of the way of real ones; anything else as it is."""
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or int(text) == 0:
        return value
    moved = int(text) + FAR
    return moved if isinstance(value, int) else str(moved)


def load(arguments):
    if arguments.document:
        schema = schemathesis.openapi.from_path(arguments.document)
    else:
        schema = schemathesis.openapi.from_url(f"{arguments.url}/api/v4/openapi.json")
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


def work(arguments, labels, results):
    """One process: takes operations until there are none."""
    try:
        operations, driver = load(arguments), Driver(arguments)
        while (label := labels.get()) is not None:
            results.put(driver.operation(operations[label]))
        results.put(None)
    except Exception:
        results.put(traceback.format_exc())


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/contract", description=__doc__)
    parser.add_argument("--url", required=True, help="of a server with the token COUNTERSIGN_TOKEN")
    parser.add_argument("--seed", default="20260101", help="a number, or random")
    parser.add_argument("--examples", type=int, default=100, help="how many of each operation")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="how many processes")
    parser.add_argument("--only", default="", help="a part of the operations' names")
    parser.add_argument("--document", help="a file in place of the server's own document")
    parser.add_argument("--verbose", action="store_true", help="also say how each operation was answered")
    arguments = parser.parse_args()
    arguments.seed = random.randrange(1 << 32) if arguments.seed == "random" else int(arguments.seed)
    labels = [label for label in load(arguments) if arguments.only in label]
    print(f"{len(labels)} operations, {arguments.examples} examples each, seed {arguments.seed}", flush=True)
    started = time.monotonic()
    todo, results = multiprocessing.Queue(), multiprocessing.Queue()
    # Requests that write take longest, so they come first; but before them what needs a running job, which is lost after
    # some minutes, however slow the machine is.
    for label in sorted(labels, key=lambda label: (label != OF_A_JOB, label.startswith("GET"))):
        todo.put(label)
    for _ in range(arguments.workers):
        todo.put(None)
    workers = [multiprocessing.Process(target=work, args=(arguments, todo, results)) for _ in range(arguments.workers)]
    for worker in workers:
        worker.start()
    done, broken = collect(arguments, results, len(workers))
    return report(arguments, done, broken, time.monotonic() - started)


def collect(arguments, results, workers):
    """What became of each operation, and what went wrong in this program."""
    done, broken = [], []
    while workers:
        result = results.get()
        if isinstance(result, dict):
            done.append(result)
            show(arguments, result)
        else:
            workers -= 1
            broken += [result] if result else []
    return done, broken


def show(arguments, result):
    if arguments.verbose:
        answers = " ".join(f"{status}:{times}" for status, times in sorted(result["answers"].items()))
        print(f"{result['seconds']:6.1f} s  {result['label']:80} {answers}", flush=True)
    for failure in result["failures"]:
        print(f"\n{result['label']} answered {failure['status']} ({failure['times']} times)")
        print(f"  {failure['what']}\n  {failure['reply']}\n  {failure['curl']}", flush=True)


def report(arguments, done, broken, seconds) -> int:
    """Says how it went; the exit status."""
    few = [one["label"] for one in done if sum(one["answers"].values()) < arguments.examples]
    missed = [o["label"] for o in done if o["label"] not in NEVER and not any(s < 300 for s in o["answers"])]
    missed = missed if arguments.examples >= ENOUGH else []
    for label in few:
        print(f"{label}: fewer than {arguments.examples} examples")
    for label in missed:
        print(f"{label}: never succeeded")
    for what in broken:
        print(what)
    failures = sum(len(one["failures"]) for one in done)
    total = sum(sum(one["answers"].values()) for one in done)
    print(f"\n{len(done)} operations, {total} examples in {seconds:.0f} s: {failures} failures")
    return 1 if failures or few or missed or broken else 0


if __name__ == "__main__":
    sys.exit(main())
