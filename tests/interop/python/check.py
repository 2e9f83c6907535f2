"""What every step of the program is made of: a line for it, and checks that say what was expected."""

import os
import sys
import warnings
from contextlib import contextmanager

import gitlab

# The library warns where a server names itself otherwise than its user does, or leaves rows out of a list.
warnings.simplefilter("error", UserWarning)

LIBRARY = "python"
URL = os.environ["COUNTERSIGN_URL"]
_counts = {"steps": 0, "checks": 0}


class Wrong(Exception):
    """The server gave another answer than the expected one."""


def sign_in(token, url=URL):
    """A client of the person whose token it is."""
    return gitlab.Gitlab(url, private_token=token)


@contextmanager
def step(name):
    """Prints a line for what is inside; the first thing wrong ends the program."""
    print(f"{LIBRARY:<7} {name} ".ljust(56, "."), end=" ", flush=True)
    try:
        yield
    except Wrong as wrong:
        sys.exit(f"FAILED\n{wrong}")
    except Exception as error:
        print(f"FAILED\nexpected no error, but got {type(error).__name__}: {error}")
        raise
    _counts["steps"] += 1
    print("ok")


def same(what, got, expected):
    """Both values must be equal."""
    _counts["checks"] += 1
    if got != expected:
        raise Wrong(f"{what}: expected {expected!r}, but got {got!r}")


def shows(what, got, expected):
    """The row must have these values; it may have more."""
    same(what, {name: got.get(name, "(absent)") for name in expected}, expected)


def refused(error, status, text, call, *args, **kwargs):
    """The call must fail with exactly this exception, status and words in its message."""
    what = f"{error.__name__} {status} with {text!r}"
    try:
        result = call(*args, **kwargs)
    except gitlab.GitlabError as caught:
        same(what, (type(caught).__name__, caught.response_code), (error.__name__, status))
        same(f"{what}: words in {caught.error_message!r}", text in str(caught.error_message), True)
    else:
        raise Wrong(f"{what}: expected a refusal, but got {result!r}")


def total():
    """Prints how much was checked."""
    print(f"{LIBRARY:<7} {_counts['steps']} steps, {_counts['checks']} checks passed: python-gitlab {gitlab.__version__}")
