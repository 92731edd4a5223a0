"""Whether the answers keep what the OpenAPI document promises, asked by a client that reads it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from bridge.api_tokens import add_token
from tests.web.api.test_reading import Commune
from tests.web.conftest import Office
from web.api.documentation import OPERATIONS

schemathesis = pytest.importorskip("schemathesis")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")
# Of each operation; with all checks of every answer this takes seconds.
EXAMPLES = 8


@pytest.fixture
def open_office(office: Office) -> Office:
    """An office with something published, something withdrawn, and a token."""
    commune = Commune(office)
    for number in (1, 2, 3):
        commune.publish(number, category="Y tế", area="Thôn Mẫu", summary="Tóm tắt")
    commune.withdraw(commune.publish(4))
    return office


@pytest.mark.filterwarnings("ignore")  # of the client itself
def test_every_answer_is_as_the_document_says(open_office: Office) -> None:
    with open_office.services.db.writing() as session:
        _info, token = add_token(
            session, unit_id=open_office.unit.id, name="Máy thử", scopes=("intake", "state")
        )
    app = open_office.app
    app.wsgi_app = _from_this_machine(app.wsgi_app)  # type: ignore[method-assign]
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    asked = 0
    for found in document.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def check(case: schemathesis.Case) -> None:
            case.call_and_validate(
                headers={"Authorization": f"Bearer {token}"},
                # A cursor is a place that was given out, a body a real recording: what is made up
                # in their form is refused, and must be.
                excluded_checks=[checks.positive_data_acceptance],
            )

        check()
        asked += 1
    assert asked == len(OPERATIONS)


def _from_this_machine(application: Any) -> Any:
    """The client says nothing of where it is; from elsewhere tokens travel over HTTPS alone."""

    def asked(environ: dict[str, Any], start_response: Any) -> Any:
        environ["REMOTE_ADDR"] = "127.0.0.1"
        environ.pop("HTTP_X_FORWARDED_FOR", None)
        return application(environ, start_response)

    return asked
