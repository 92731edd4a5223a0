"""An address as a QR code, drawn for the printed page."""

import segno

# Modules of white around the code that readers need (ISO/IEC 18004).
_QUIET = 4


def qr_path(address: str) -> tuple[int, str]:
    """Side length in modules, quiet zone included, and the `d` of strokes one module thick.

    Error correction M: a notice board's paper gets wet and creased. The same address gives the
    same drawing.
    """
    rows = segno.make_qr(address, error="m", boost_error=False).matrix
    strokes = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            length = 0
            while x + length < len(row) and row[x + length]:
                length += 1
            if length:
                strokes.append(f"M{x + _QUIET} {y + _QUIET}.5h{length}")
            x += length + 1
    return len(rows) + 2 * _QUIET, "".join(strokes)
