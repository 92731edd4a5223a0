"""The marks that come with a transcript in JSON."""

import json

from bridge.transcript import Segment, Word
from web.commands.marks import marks_as_json, numbers_as_json


def said(text: str, start_ms: int, probability: float = 0.95) -> Segment:
    words = tuple(
        Word(token, start_ms + number * 250, start_ms + number * 250 + 240, probability)
        for number, token in enumerate(text.split())
    )
    return Segment(start_ms, words[-1].end_ms, text, words)


def test_hours_and_phone_numbers_must_be_heard_by_a_person() -> None:
    text = "Bà con đến lúc 7 giờ 30 phút, gọi số 0912 345 678."
    marks = marks_as_json([said(text, 0)])
    checked = {
        " ".join(text.split()[mark["first_word"] : mark["end_word"]]): mark["kind"]
        for mark in marks
        if mark["must_check"]
    }
    assert checked == {"7 giờ 30 phút,": "hour", "0912 345 678.": "phone"}


def test_what_the_machine_may_have_made_up_is_among_them_in_order() -> None:
    segments = [
        said("Mời bà con đi họp đúng giờ.", 0),
        said("Hãy subscribe cho kênh Ghiền Mì Gõ để không bỏ lỡ những video hấp dẫn.", 5000),
    ]
    marks = marks_as_json(segments)
    assert "known_phrase" in {mark["kind"] for mark in marks if mark["segment"] == 1}
    assert not [mark for mark in marks if mark["segment"] == 0 and mark["must_check"]]
    assert marks == sorted(marks, key=lambda mark: (mark["segment"], mark["first_word"]))
    assert json.loads(json.dumps(marks)) == marks


def test_spoken_numbers_come_with_their_written_form_and_their_place() -> None:
    segments = [said("Kính thưa bà con.", 0), said("Họp lúc mười chín giờ ba mươi phút.", 5000)]
    (number,) = numbers_as_json(segments)
    assert (number["segment"], number["kind"]) == (1, "hour")
    assert number["written"] == "19 giờ 30 phút"
    assert segments[1].text[number["start"] : number["end"]] == number["spoken"]
