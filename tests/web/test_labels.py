import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge import errors
from bridge.errors import BridgeError, IllegalTransition, TooLarge
from bridge.models import PRIORITIES as PRIORITY_CODES
from bridge.models import ROLES as ROLE_CODES
from bridge.workflow import Action, State
from tests.web.conftest import Office
from web.labels import (
    ACTIONS,
    ERRORS,
    HISTORY,
    PRIORITIES,
    ROLES,
    STATES,
    describe_code,
    describe_error,
    describe_failure,
    state_label,
)

ROOT = Path(__file__).parents[2]
PACKAGES = ("bridge", "transcribe", "publish", "web")
KINDS = {name for name, value in vars(errors).items() if isinstance(value, type)}
# Raised in the child processes; their codes come back to us as one of ours.
KINDS |= {"Refusal", "StartFailed"}


def raised_codes() -> Iterator[tuple[str, str]]:
    """Every (code, file) that the code raises, reports or stores as a task's error."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                for code in _codes_in(node):
                    yield code, str(path.relative_to(ROOT))


def _codes_in(node: ast.AST) -> Iterator[str]:
    values: list[ast.expr] = []
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else None
        values += node.args[:1] if name in KINDS else []
        values += [item.value for item in node.keywords if item.arg in ("code", "error_code")]
    elif isinstance(node, ast.AnnAssign | ast.Assign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = {getattr(target, "id", getattr(target, "attr", "")) for target in targets}
        if names & {"default_code", "error_code"} and node.value is not None:
            values.append(node.value)
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def test_every_code_that_can_be_raised_has_a_sentence() -> None:
    codes = dict(raised_codes())
    assert len(codes) > 30  # the search itself finds something
    missing = {code: path for code, path in codes.items() if code not in ERRORS}
    assert missing == {}


def test_every_state_action_role_priority_and_event_has_its_words() -> None:
    assert set(STATES) == set(State)
    assert set(ACTIONS) == set(Action)
    assert set(ROLES) == set(ROLE_CODES)
    assert set(PRIORITIES) == set(PRIORITY_CODES)
    shapes = [label.shape for label in STATES.values()]
    assert len({label.word for label in STATES.values()}) == len(STATES)
    assert len(set(shapes)) >= 7  # told apart without colour; both kinds of waiting share one


def test_every_event_in_an_announcements_history_has_its_words() -> None:
    actions = set()
    for path in (ROOT / "bridge").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            if getattr(node.func, "id", "") in ("note_announcement", "_note_warned"):
                parts = [part for given in node.args[3:] for part in ast.walk(given)]
                actions |= {str(part.value) for part in parts if isinstance(part, ast.Constant)}
    assert {"publish", "keep_sensitive", "doubt_sensitive"} <= actions
    assert actions - set(HISTORY) == set()


def test_every_shape_is_drawn() -> None:
    drawn = (ROOT / "web" / "templates" / "shapes.svg").read_text()
    for label in STATES.values():
        assert f'id="{label.shape}"' in drawn


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_sentences_are_whole_calm_and_plain(code: str) -> None:
    sentence = describe_code(code)
    assert sentence[-1] in ".…" or code == "demo_failed"
    assert "!" not in sentence
    assert "%(" not in sentence
    for jargon in ("job", "queue", "token", "task", "worker", "server", "upload", "file"):
        assert f" {jargon} " not in f" {sentence.lower()} "


def test_sentences_work_without_an_application_and_name_the_values() -> None:
    assert "5 MB" in describe_error(TooLarge(limit_bytes=5 * 1024 * 1024))
    assert "0,5 giây" in describe_code("media_too_short", {"limit_ms": 500})
    assert "180 phút" in describe_code("media_too_long", {"limit_ms": 10_800_000})
    told = describe_error(IllegalTransition(state="published", action="approve"))
    assert "“Đã đăng” nên chưa thể duyệt" in told


def test_an_unknown_code_gets_the_general_sentence() -> None:
    assert describe_error(BridgeError("never_heard_of")) == ERRORS["error"]


@pytest.mark.parametrize("code", [None, "unexpected"])
def test_a_failure_without_a_known_reason_asks_to_try_again(code: str | None) -> None:
    assert describe_failure(code) == ERRORS["task_failed"]


def test_words_follow_the_language_of_the_request(office: Office) -> None:
    with office.app.test_request_context(headers={"Cookie": "loa_language=en"}):
        assert state_label("published").word == "Published"
        assert describe_code("title_missing").startswith("The announcement has no title")
