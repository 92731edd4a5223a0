"""The workflow, pair by pair, against a table of its own."""

from itertools import product

import pytest

from bridge.errors import IllegalTransition
from bridge.workflow import Action, State, may, next_state

# For each state, what each action leads to. Every action that is not named here is refused.
EXPECTED = {
    "received": {"enqueue": "queued"},
    "queued": {
        "start": "transcribing",
        "fail": "failed",
        "cancel": "failed",
        "hurry": "queued",
    },
    "transcribing": {
        "start": "transcribing",
        "finish": "in_review",
        "fail": "failed",
        "cancel": "failed",
        "hurry": "transcribing",
    },
    "in_review": {
        "edit": "in_review",
        "return": "in_review",
        "resubmit": "in_review",
        "approve": "approved",
        "withdraw": "withdrawn",
    },
    "approved": {
        "edit": "in_review",
        "retry": "approved",
        "publish_now": "approved",
        "unschedule": "in_review",
        "publish": "published",
        "withdraw": "withdrawn",
    },
    "published": {"edit": "in_review", "withdraw": "withdrawn"},
    "withdrawn": {"retry": "withdrawn", "reopen": "in_review", "reopen_unheard": "failed"},
    "failed": {"retry": "queued", "withdraw": "withdrawn", "hurry": "failed"},
}
PAIRS = list(product(State, Action))


def test_the_table_names_every_state_and_every_action() -> None:
    assert set(EXPECTED) == {state.value for state in State}
    assert {name for row in EXPECTED.values() for name in row} == {name.value for name in Action}


@pytest.mark.parametrize(("state", "action"), PAIRS)
def test_each_action_leads_where_the_table_says(state: State, action: Action) -> None:
    expected = EXPECTED[state].get(action)
    assert may(state, action) == (expected is not None)
    if expected is not None:
        assert next_state(state, action) == expected
        return
    with pytest.raises(IllegalTransition) as caught:
        next_state(state, action)
    assert caught.value.code == "illegal_transition"
    assert caught.value.data == {"state": state.value, "action": action.value}


def test_every_state_but_received_can_be_reached() -> None:
    reached = {target for row in EXPECTED.values() for target in row.values()}
    assert reached == {state.value for state in State} - {"received"}


def test_nothing_reaches_the_portal_without_an_approval() -> None:
    """Only `approved` leads to `published`, and only a person's approval to `approved`."""
    ways = {
        (state, action, target) for state, row in EXPECTED.items() for action, target in row.items()
    }
    assert {way[:2] for way in ways if way[2] == "published"} == {("approved", "publish")}
    assert {way[:2] for way in ways if way[2] == "approved"} == {
        ("in_review", "approve"),
        ("approved", "retry"),
        ("approved", "publish_now"),
    }


def test_no_state_is_a_dead_end() -> None:
    assert all(EXPECTED[state] for state in State)
