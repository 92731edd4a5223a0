"""A portal's own name: what may be one, and whose it is."""

import pytest
from sqlalchemy.orm import Session

from bridge.accounts import create_unit
from bridge.errors import Conflict, InvalidInput
from bridge.unit_settings import UnitWords, change_unit, unit_of_host

OWN = "https://loa.xa-mau.example"


@pytest.fixture(autouse=True)
def _units(uncommitted: Session) -> None:
    for slug in ("xa-mau", "xa-khac"):
        create_unit(uncommitted, slug=slug, name="Xã Mẫu")


def set_address(session: Session, address: str, slug: str = "xa-mau") -> list[str]:
    return change_unit(session, slug=slug, words=UnitWords(portal_url=address))


@pytest.mark.parametrize(
    ("given", "host"),
    [
        (OWN, "loa.xa-mau.example"),
        (f"{OWN}/", "LOA.xa-mau.example"),
        ("https://Loa.Xa-Mau.Example", "loa.xa-mau.example"),
        ("http://10.0.0.5:8000", "10.0.0.5:8000"),
    ],
)
def test_an_address_leads_to_its_unit(uncommitted: Session, given: str, host: str) -> None:
    assert set_address(uncommitted, given) == ["portal_url"]
    assert set_address(uncommitted, given) == []
    assert unit_of_host(uncommitted, host) == "xa-mau"
    assert unit_of_host(uncommitted, "la.example") is None
    assert set_address(uncommitted, "") == ["portal_url"]
    assert unit_of_host(uncommitted, host) is None


@pytest.mark.parametrize(
    "given",
    [
        "loa.xa-mau.example",
        "ftp://loa.xa-mau.example",
        f"{OWN}/xa-mau",
        f"{OWN}?a=b",
        "https://a b.example",
        'https://a"onload=".example',
        "https://-.example",
        "https://",
        "https://xã.example",
    ],
)
def test_what_is_no_name_is_refused(uncommitted: Session, given: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        set_address(uncommitted, given)
    assert caught.value.code == "portal_url_invalid"


def test_one_name_leads_to_one_portal(uncommitted: Session) -> None:
    set_address(uncommitted, OWN)
    with pytest.raises(Conflict) as caught:
        set_address(uncommitted, OWN.upper(), "xa-khac")
    assert caught.value.data == {"slug": "xa-mau"}
