"""What a person should look at in a transcript, as `loa transcribe --format json` gives it."""

from collections.abc import Sequence
from typing import Any

from bridge.transcript import Segment
from transcribe.doubts import find_doubts
from transcribe.hallucinations import check_segments


def marks_as_json(segments: Sequence[Segment]) -> list[dict[str, Any]]:
    """Doubtful words, what must always be checked, and what the machine may have made up.

    `segment` counts from 0; `first_word`..`end_word` are words of it, the end not included.
    `must_check` marks what a person has to hear before publishing. In the order of the text.
    """
    marks = [
        {
            "segment": doubt.segment_index,
            "first_word": doubt.first_word,
            "end_word": doubt.end_word,
            "kind": doubt.kind,
            "reason": doubt.reason,
            "must_check": doubt.must_check,
        }
        for doubt in find_doubts(segments)
    ]
    marks += [
        {
            "segment": number,
            "first_word": flag.first_word,
            "end_word": flag.end_word,
            "kind": flag.kind,
            "reason": dict(flag.reason),
            "must_check": True,
        }
        for number, flags in enumerate(check_segments(segments))
        for flag in flags
    ]
    return sorted(marks, key=lambda mark: (mark["segment"], mark["first_word"], mark["end_word"]))
