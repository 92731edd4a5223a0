"""The flags of a transcript as questions in words, and what was answered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridge.flags import FlagView
from bridge.models import HALLUCINATION_KINDS
from bridge.queries import SegmentView
from web.labels import mark, say, say_number

# What a flag says, after "Đoạn này có thể do máy tự nghĩ ra:" or by itself where a script is.
SENTENCES: dict[str, str] = {
    "known_phrase": mark("“%(words)s” là câu hay gặp trong video trên mạng"),
    "loop": mark("lặp lại “%(text)s” %(times)s lần"),
    "too_fast": mark("%(syllables)s tiếng trong %(seconds)s giây, không ai nói nhanh thế"),
    "too_slow": mark("chỉ có %(syllables)s tiếng trong %(seconds)s giây"),
    "in_music": mark("máy nghe thấy lời này trong tiếng nhạc"),
    "script_added": mark("Người đọc nói thêm: “%(spoken)s”"),
    "script_skipped": mark("Người đọc bỏ qua: “%(script)s”"),
    "script_changed": mark("Người đọc nói “%(spoken)s”, văn bản ghi “%(script)s”"),
}
# What several segments have in common, after their number: "4 đoạn lặp đi lặp lại".
KINDS: dict[str, str] = {
    "known_phrase": mark("%(count)s đoạn là câu hay gặp trong video trên mạng"),
    "loop": mark("%(count)s đoạn lặp đi lặp lại"),
    "too_fast": mark("%(count)s đoạn nhanh hơn người nói được"),
    "too_slow": mark("%(count)s đoạn quá ít chữ so với tiếng"),
    "in_music": mark("%(count)s đoạn nghe trong tiếng nhạc"),
    "script_added": mark("%(count)s đoạn người đọc nói thêm"),
    "script_skipped": mark("%(count)s đoạn người đọc bỏ qua"),
    "script_changed": mark("%(count)s đoạn người đọc nói khác văn bản"),
}
_LONGEST_QUOTE = 80  # characters: enough to know the passage again, short enough for one line

OPEN, KEPT, HIDDEN, EDITED = "open", "kept", "hidden", "edited"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about one segment, and where it stands: open, kept, hidden or edited."""

    state: str
    sentences: tuple[str, ...]
    made_up: bool  # the machine may have made it up; else the speaker departed from the script
    cover: str | None  # "cut" or "beep": residents do not hear it either

    @property
    def folded(self) -> bool:
        """Whether its text is out of the way until somebody opens it."""
        return self.state == HIDDEN or (self.state == OPEN and self.made_up)


@dataclass(frozen=True, slots=True)
class OpenKind:
    """Segments with the same open question: they can be decided in one go."""

    kind: str
    words: str
    count: int


def questions(segments: Iterable[SegmentView]) -> dict[str, Question]:
    """The question of every segment that is flagged or hidden, by segment id."""
    return {
        segment.id: _question(segment) for segment in segments if segment.flags or segment.hidden
    }


def open_kinds(segments: Sequence[SegmentView]) -> list[OpenKind]:
    """The kinds of open questions that several segments share."""
    found = []
    for kind, words in KINDS.items():
        count = sum(
            any(flag.kind == kind and flag.decision is None for flag in segment.flags)
            for segment in segments
        )
        if count > 1:
            found.append(OpenKind(kind, say(words) % {"count": count}, count))
    return found


def _question(segment: SegmentView) -> Question:
    decisions = {flag.decision for flag in segment.flags}
    if None in decisions:
        state = OPEN
    elif segment.hidden:
        state = HIDDEN
    else:
        state = KEPT if "keep" in decisions else EDITED
    shown = [flag for flag in segment.flags if state != OPEN or flag.decision is None]
    made_up = any(flag.kind in HALLUCINATION_KINDS for flag in shown)
    sentences = dict.fromkeys(_sentence(flag, segment) for flag in shown)
    return Question(state, tuple(sentences), made_up, segment.cover)


def _sentence(flag: FlagView, segment: SegmentView) -> str:
    tokens = segment.engine_text.split()[flag.first_word : flag.end_word]
    values = dict.fromkeys(("text", "times", "syllables", "spoken", "script"), "")
    values.update({name: _quoted(str(value)) for name, value in flag.reason.items()})
    values["words"] = _quoted(" ".join(tokens))
    values["seconds"] = say_number(float(flag.reason.get("duration_ms", 0)) / 1000)
    return say(SENTENCES[flag.kind]) % values


def _quoted(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE].rstrip()}…"
