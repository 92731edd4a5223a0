import random
import time

from transcribe.phonetics import syllable_distance
from transcribe.script_match import find_anchors, match_syllables

TEXT = "kính thưa bà con trạm y tế xã tiêm chủng cho trẻ em lúc bảy giờ sáng mai"
SCRIPT = TEXT.split()


def partners(heard: str) -> list[str | None]:
    words = heard.split()
    found = match_syllables(SCRIPT, words).partners
    return [None if place is None else words[place] for place in found]


def test_equal_texts_are_matched_one_to_one() -> None:
    assert match_syllables(SCRIPT, SCRIPT).partners == tuple(range(len(SCRIPT)))


def test_misheard_syllables_are_paired_by_their_sound() -> None:
    heard = "kính thưa bà con chạm i tế xã tim chủng cho trẻ em lúc bẩy dờ sáng mai"
    assert partners(heard) == heard.split()


def test_what_was_left_out_is_left_out_in_one_piece() -> None:
    heard = "kính thưa bà con tiêm chủng cho trẻ em lúc bảy giờ sáng mai"
    assert partners(heard)[4:8] == [None] * 4
    assert None not in partners(heard)[8:]


def test_equal_words_without_company_are_no_anchors() -> None:
    heard = "hôm nay thời tiết xã bên rất đẹp và mát mẻ cho mọi người đi chơi lúc chiều"
    assert find_anchors(SCRIPT, heard.split()) == []


def test_empty_sides_have_no_pairs() -> None:
    assert match_syllables([], SCRIPT).partners == ()
    assert match_syllables(SCRIPT, []).partners == (None,) * len(SCRIPT)


def test_pairs_ascend_and_use_each_syllable_once() -> None:
    rng = random.Random(7)  # noqa: S311  the same every time
    for _ in range(50):
        heard = [rng.choice(SCRIPT) for _ in range(rng.randint(0, 60))]
        found = [
            place for place in match_syllables(SCRIPT * 2, heard).partners if place is not None
        ]
        assert found == sorted(set(found))


def test_two_texts_with_nothing_in_common_take_no_time() -> None:
    rng = random.Random(1)  # noqa: S311  the same every time
    words = [first + second for first in "bcdghklmn" for second in ("a", "i", "u", "ô", "ang")]
    own, other = ([rng.choice(words) for _ in range(4_000)] for _ in range(2))
    syllable_distance("ba", "bi")  # the tables are loaded
    started = time.monotonic()
    match_syllables(own, other)
    assert time.monotonic() - started < 20
