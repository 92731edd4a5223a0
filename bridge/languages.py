"""The languages in which announcements are broadcast, as `data/languages.toml` lists them."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@cache
def languages() -> Mapping[str, str]:
    """The name of each language by its BCP 47 code, in the order in which they are offered."""
    text = files("bridge").joinpath("data/languages.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))
