"""What became of a file, as scripts are told."""

from flask import url_for

from bridge.intake import Receipt
from web.labels import state_label


def receipt_words(receipt: Receipt) -> dict[str, object]:
    """A receipt as scripts get it."""
    return {
        "announcement": receipt.announcement_id,
        "state": receipt.state,
        "word": state_label(receipt.state).word,
        "duplicate_of": receipt.duplicate_of,
        "url": url_for("editor.announcement", announcement_id=receipt.announcement_id),
        "script_url": url_for("editor.attach", announcement_id=receipt.announcement_id),
    }
