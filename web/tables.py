"""Tables as files for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


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
