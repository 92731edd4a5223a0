"""The machine's text and its marks, judged by what people approved."""

from collections.abc import Sequence

from bridge.effort import Judged
from bridge.transcript import Segment, Word
from transcribe.judging import Compared, judge

# Eight words in a hundred are doubted: one of the dozen or so of most tests.
CALM = ["xin", "mời", "bà", "con", "ra", "nhà", "văn", "hóa", "họp", "cho", "đông", "đủ"]


def heard(words: Sequence[str], doubtful: str = "") -> Segment:
    made = tuple(
        Word(word, place * 100, place * 100 + 90, 0.1 if word == doubtful else 0.9)
        for place, word in enumerate(words)
    )
    return Segment(0, 10_000, " ".join(words), made)


def judged(words: Sequence[str], approved: str, doubtful: str = "") -> Judged:
    return judge([Compared(heard(words, doubtful), approved)])


def test_a_doubt_of_a_word_that_was_left_was_wrong() -> None:
    words = [*CALM, "nhá", "nhé"]
    kept = judged(words, " ".join(words), "nhá")
    assert (kept.doubts, kept.doubts_wrong) == (1, 1)
    changed = judged(words, " ".join([*CALM, "nha", "nhé"]), "nhá")
    assert (changed.doubts, changed.doubts_wrong) == (1, 0)
    dropped = judged(words, " ".join([*CALM, "nhé"]), "nhá")
    assert (dropped.doubts, dropped.doubts_wrong) == (1, 0)


def test_capitals_marks_and_the_place_of_a_tone_do_not_make_another_word() -> None:
    words = [*CALM, "hoà", "nhé"]
    found = judged(words, " ".join([*CALM, "Hòa,", "nhé."]), "hoà")
    assert (found.doubts, found.doubts_wrong) == (1, 1)
    assert found.edits == 1  # but somebody had to change it


def test_what_must_be_checked_was_right_only_with_all_of_its_words() -> None:
    words = ["tiêm", "lúc", "7", "giờ", "30", "phút", "tại", "trạm", "y", "tế"]
    right = judged(words, "Tiêm lúc 7 giờ 30 phút tại trạm y tế.")
    assert (right.checks, right.checks_right) == (1, 1)
    wrong = judged(words, "Tiêm lúc 8 giờ 30 phút tại trạm y tế.")
    assert (wrong.checks, wrong.checks_right) == (1, 0)


def test_places_are_counted_and_not_words() -> None:
    assert judged(CALM, " ".join(CALM)).edits == 0
    assert judged(CALM, "kính mời bà con ra nhà văn hóa họp cho thật đông đủ").edits == 2
    assert judged(CALM, "kính thưa quý bà con ra nhà văn hóa họp cho đông đủ").edits == 1
    assert judged(CALM, "").edits == 1
    assert judged(CALM, "").words == len(CALM)


def test_all_segments_together_have_their_share_of_doubts() -> None:
    segments = [heard(CALM), heard([*CALM, "nhá"], "nhá")]
    found = judge([Compared(one, one.text) for one in segments])
    assert found == Judged(words=25, edits=0, doubts=2, doubts_wrong=2, checks=0, checks_right=0)
    assert judge([]) == Judged()
