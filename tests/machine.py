"""What a test needs of the machine besides Python."""

import os
import shutil

import pytest

_PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))


def needed_program(name: str, package: str) -> str:
    """Where a program of Debian's `package` lies.

    Where it is missing the test skips and says so; with LOA_TEST_REQUIRE_PROGRAMS, which `.ci/run`
    sets, it fails instead.
    """
    found = shutil.which(name, path=_PLACES)
    if found is None and os.environ.get("LOA_TEST_REQUIRE_PROGRAMS"):
        pytest.fail(f"{name} is missing")
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return found
