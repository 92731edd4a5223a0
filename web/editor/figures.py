"""What the pages of figures share: the unit that is asked about, and the figures as a file."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response, request

from bridge.errors import NotFound
from bridge.queries import UnitInfo
from web.access import ANYONE, units_of
from web.context import current_services
from web.security import current_person_id

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def asked_unit() -> tuple[list[UnitInfo], UnitInfo | None]:
    """The units in which the person has a role, and the one of `?don-vi=`, else the first.

    Raises NotFound for any other.
    """
    with current_services().db.reading() as session:
        units = units_of(session, current_person_id(), ANYONE)
    wanted = request.args.get("don-vi")
    if wanted is None:
        return units, units[0] if units else None
    found = next((one for one in units if one.slug == wanted), None)
    if found is None:
        raise NotFound("unit_unknown", slug=wanted)
    return units, found


def table_file(name: str, rows: Iterable[Sequence[str | int]]) -> Response:
    """A table as a CSV file for spreadsheets."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    for row in rows:
        writer.writerow([safe_cell(one) if isinstance(one, str) else one for one in row])
    return Response(
        # Spreadsheets take a file that does not begin with this mark for one of an older alphabet.
        "\ufeff" + file.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def safe_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
