"""What of an official paper nobody reads aloud: letterhead above, addressees and signature below.

Pure. The form of these papers is laid down (Nghị định 30/2020), so a few phrases tell the lines.
"""

import re
from collections.abc import Sequence

from bridge.vietnamese import fold_diacritics

_LETTERHEAD = re.compile(
    r"cong hoa xa hoi chu nghia viet nam"
    r"|doc lap\W+tu do\W+hanh phuc"
    r"|^\W*so\s*:?\s*[\d.…_]*\s*/\s*[\w-]+\s*$"  # Số: 15/TB-UBND
    r"|^[^,]{2,40},\s*ngay [\d.…_ ]*thang [\d.…_ ]*nam [\d.…_ ]*$"  # Xã Mẫu, ngày … tháng …
    r"|^\W*(?:uy ban|hoi dong|ubnd|hdnd|dang uy)\b[^.,:]{0,60}$"
    r"|^[-–_*=. ]{3,}$"
)
_SIGNATURE = re.compile(
    r"^\W*noi nhan\s*:?"
    r"|^\W*luu\s*:"
    r"|^\W*(?:tm|kt|tl|tuq)\s*\.\s*\S"  # TM. ỦY BAN NHÂN DÂN
    r"|^\W*\(?(?:da ky|ky ten|ky, ?ghi ro ho ten|ky, ?dong dau)\b"
)
# A letterhead takes five to ten lines, a list of addressees rarely more than fifteen.
_LETTERHEAD_LINES = 14
_SIGNATURE_LINES = 24


def split_layout(lines: Sequence[str]) -> tuple[int, int]:
    """How many lines above are letterhead, and at which line the part for signing begins.

    Lines that are blank do not count as lines. (0, len(lines)) for a text without either.
    """
    folded = [fold_diacritics(line) for line in lines]
    above = [
        index for index, line in enumerate(folded[:_LETTERHEAD_LINES]) if _LETTERHEAD.search(line)
    ]
    body = above[-1] + 1 if above else 0
    from_line = max(body, len(lines) - _SIGNATURE_LINES)
    below = (index for index in range(from_line, len(lines)) if _SIGNATURE.search(folded[index]))
    return body, next(below, len(lines))
