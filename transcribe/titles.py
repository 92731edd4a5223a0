"""A title proposed from the words of an announcement. Pure; every word of it was said.

Announcements open alike: a greeting, who speaks, "thông báo", then what it is about. That last part
makes the title; without such an opening the first sentence does that says something.
"""

import re
from collections.abc import Iterable, Sequence

from bridge.vietnamese import to_nfc

TITLE_LETTERS = 90  # two lines on a telephone
_SENTENCES = 8  # within which an announcement has said what it is about
_FEWEST_WORDS = 3
_SHORTEST_CUT = 40  # letters that a title must keep to be cut at a comma rather than at a word

_REMARK = re.compile(r"\[.*\]")
# Not after "TP." or "P.", which end no sentence.
_END_OF_SENTENCE = re.compile(r"(?<!\b[A-ZĐ]\.)(?<!\b[A-ZĐ]{2}\.)(?<=[.!?…])\s+")
_ANNOUNCE = re.compile(r"\bthông báo\b", re.IGNORECASE)
_ABOUT = re.compile(r"\b(?:về việc|v/v|về)\b", re.IGNORECASE)
_GREETING = re.compile(
    r"^(?:a ?lô\b[\s,.]*)+|^(?:xin )?(?:kính )?(?:thưa|chào|gửi)\b[^,:;]*(?:[,:;]\s*|$)",
    re.IGNORECASE,
)
# To whom something is announced, and that they shall know it.
_ADDRESS = re.compile(
    r"^(?:đến|tới|cho|để|với)\b[^,:]*?\b(?:bà con|nhân dân|đồng bào|người dân|hộ dân|gia đình"
    r"|khách hàng|quý vị|các hộ|được biết|biết)\b"
    r"(?: (?:nhân dân|trong (?:toàn )?(?:xã|phường|thôn)|toàn (?:xã|phường|thôn)|được|biết|rõ))*",
    re.IGNORECASE,
)
_AS_FOLLOWS = re.compile(r"^(?:rõ|khẩn|gấp|như sau|sau đây|rằng|là)\b[\s,:]*", re.IGNORECASE)
# Says that something comes, or that it is over, and nothing else.
_EMPTY = re.compile(
    r"^(?:sau đây|tiếp theo)\b"
    r"|^đây là (?:đài|tiếng nói|hệ thống|chương trình|loa)\b"
    r"|^(?:đài|hệ thống|trạm) truyền thanh\b"
    r"|^(?:xin |kính |trân trọng )*mời\b.*\b(?:nghe|theo dõi|chú ý)\b"
    r"|^(?:xin |đề nghị |mong )*(?:bà con|quý vị|các bạn|mọi người)\b.*\b(?:chú ý|lắng nghe)\b"
    r"|^(?:xin |trân trọng |chân thành )*cảm ơn\b"
    r"|^xin (?:hết|tạm biệt|nhắc lại)\b"
    r"|^(?:bản tin|thông báo|chương trình)\b.*\b(?:hết|kết thúc|tạm dừng)\b"
    r"|\bthông báo(?: như sau| sau đây)?\W*$",
    re.IGNORECASE,
)
# Who is asked to announce something, or on whose word, announces nothing here.
_ANOTHER_S = frozenset(("ai", "nếu", "khi", "hãy", "theo", "nghị", "lòng", "cần", "phải", "nhận"))
# A title must not end on a word that waits for another.
_WAITING = frozenset(
    """
    và với của cho từ tại lúc ngày tháng năm các những về việc là ở trong theo đến tới bằng do để
    vào khoảng hoặc hay số thôn xã phường ông bà anh chị trên dưới cùng như mà thì sẽ đã được bị
    không có một mỗi cả toàn tổ ấp xóm
    """.split()  # noqa: SIM905
)


def suggest_title(texts: Iterable[str]) -> str:
    """A title of at most TITLE_LETTERS letters from the texts of the segments, in order.

    Empty where nothing in them says what the announcement is about.
    """
    sentences = _split_sentences(texts)
    for sentence in sentences[:_SENTENCES]:
        if found := _announced(sentence):
            return _as_title(found)
    for sentence in sentences:
        told = _without_greeting(sentence)
        if _says_something(told) and not _EMPTY.search(told):
            return _as_title(told)
    return ""


def _split_sentences(texts: Iterable[str]) -> Sequence[str]:
    """Sentences; where nothing was punctuated each segment counts as one."""
    parts = [" ".join(to_nfc(text).split()) for text in texts]
    parts = [part for part in parts if part and not _REMARK.fullmatch(part)]
    if any(re.search("[.!?…]", part) for part in parts):
        parts = _END_OF_SENTENCE.split(" ".join(parts))
    return [part for part in parts if part]


def _announced(sentence: str) -> str:
    """What a sentence says that somebody announces; empty where it announces nothing itself."""
    cue = _ANNOUNCE.search(sentence)
    if cue is None:
        told = _without_greeting(sentence)
        return told if re.match(r"(?:về việc|v/v)\b", told, re.IGNORECASE) else ""
    before = sentence[: cue.start()].lower().replace(",", " ").split()
    if _ANOTHER_S & set(before):
        return ""
    rest = sentence[cue.end() :].lstrip(" ,:")
    if rest.lower().startswith("của "):
        about = _ABOUT.search(rest)
        whole = sentence[cue.start() :]
        if about is None or len(whole) <= TITLE_LETTERS:
            return whole if about else ""
        rest = rest[about.start() :]
    rest = _without_address(rest)
    if _ABOUT.match(rest):
        return f"{cue.group()} {rest}"
    return rest if _says_something(rest) and not _EMPTY.search(rest) else ""


def _without_address(rest: str) -> str:
    """What follows once it has been said to whom; empty where the reader is not the one."""
    address = _ADDRESS.match(rest)
    if address is None and re.match(r"(?:đến|tới|cho|với)\b", rest, re.IGNORECASE):
        return ""
    rest = rest[address.end() :] if address else rest
    rest = rest.lstrip(" ,:")
    while follows := _AS_FOLLOWS.match(rest):
        rest = rest[follows.end() :]
    return rest


def _without_greeting(sentence: str) -> str:
    while greeting := _GREETING.match(sentence):
        sentence = sentence[greeting.end() :]
    return sentence.strip()


def _says_something(text: str) -> bool:
    return sum(any(map(str.isalpha, word)) for word in text.split()) >= _FEWEST_WORDS


def _as_title(text: str) -> str:
    """Without punctuation at its ends, cut to length, in sentence case."""
    text = _shortened(text.strip(" ,.;:!?…–-\"“”'"))
    if text.isupper():
        text = text.lower()
    return text[:1].upper() + text[1:]


def _shortened(text: str) -> str:
    if len(text) <= TITLE_LETTERS:
        return text
    part = text[: TITLE_LETTERS + 1]
    clause = max(part.rfind(mark) for mark in (", ", "; ", ": "))
    if clause >= _SHORTEST_CUT:
        return part[:clause]
    words = part.split(" ")[:-1] or [text[:TITLE_LETTERS]]
    while len(words) > 1 and words[-1].lower() in _WAITING:
        words.pop()
    return " ".join(words).rstrip(" ,.;:–-")
