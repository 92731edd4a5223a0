"""What a person should look at in a transcript, as `loa transcribe --format json` gives it.

Nothing here changes the text: these are marks and suggestions.
"""

from collections.abc import Sequence
from typing import Any

from bridge.transcript import Segment
from transcribe.doubts import find_doubts
from transcribe.hallucinations import check_segments
from transcribe.numbers import find_numbers


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


def numbers_as_json(segments: Sequence[Segment]) -> list[dict[str, Any]]:
    """Spoken numbers and how the house style writes them.

    `segment` counts from 0; `start`..`end` are characters of its text, the end not included.
    """
    return [
        {
            "segment": index,
            "start": number.start,
            "end": number.end,
            "kind": number.kind,
            "spoken": number.spoken,
            "written": number.written,
            "reason": number.reason,
        }
        for index, segment in enumerate(segments)
        for number in find_numbers(segment.text)
    ]
