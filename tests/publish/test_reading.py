"""From segments to sentences and paragraphs."""

import pytest

from bridge.transcript import Segment, Word, align
from publish.reading import split_paragraphs, timed_words


def said(start_ms, end_ms, text):
    return Segment(start_ms, end_ms, text, align(text, (), start_ms, end_ms))


def texts(paragraphs):
    return [[sentence.text for sentence in paragraph.sentences] for paragraph in paragraphs]


def test_a_sentence_may_run_over_several_segments():
    paragraphs = split_paragraphs(
        [said(0, 2000, "Trạm y tế xã thông báo"), said(2000, 5000, "lịch tiêm. Xin cảm ơn.")]
    )
    assert texts(paragraphs) == [["Trạm y tế xã thông báo lịch tiêm.", "Xin cảm ơn."]]
    first, second = paragraphs[0].sentences
    assert (first.start_ms, second.end_ms) == (0, 5000)
    assert 2000 < first.end_ms == second.start_ms < 5000


@pytest.mark.parametrize(
    "text",
    ["Đón BS. Mai ở TP. mới.", "Giá 12.500 đồng.", "Gặp ông Q. Anh.", "Gạo, ngô, v.v. đều có."],
)
def test_dots_inside_a_sentence_do_not_end_it(text):
    assert texts(split_paragraphs([said(0, 3000, text)])) == [[text]]


def test_without_punctuation_a_pause_between_segments_ends_a_sentence():
    spoken = [said(0, 2000, "kính thưa bà con"), said(3500, 5000, "sáng mai họp thôn")]
    assert texts(split_paragraphs(spoken)) == [["kính thưa bà con", "sáng mai họp thôn"]]


def test_without_punctuation_or_pauses_sentences_still_end():
    spoken = [said(n * 1000, n * 1000 + 1000, "mười hai tiếng " * 4) for n in range(30)]
    lengths = [len(s.text) for p in split_paragraphs(spoken) for s in p.sentences]
    assert len(lengths) > 4
    assert max(lengths) < 320


def test_a_long_pause_begins_a_paragraph():
    spoken = [said(0, 2000, "Kính thưa bà con."), said(6000, 8000, "Xin cảm ơn.")]
    assert texts(split_paragraphs(spoken)) == [["Kính thưa bà con."], ["Xin cảm ơn."]]


def test_paragraphs_stay_short_enough_to_read():
    text = "Câu này dài chừng bốn mươi chữ cái đó."
    spoken = [said(n * 4000, n * 4000 + 3900, text) for n in range(40)]
    paragraphs = split_paragraphs(spoken)
    assert 5 < len(paragraphs) < 20
    assert max(len(paragraph.text) for paragraph in paragraphs) < 300
    assert sum(len(paragraph.sentences) for paragraph in paragraphs) == 40


def test_sound_that_is_not_speech_stands_alone():
    spoken = [
        Segment(0, 4000, "[nhạc]", (), "music"),
        said(4000, 6000, "Kính thưa bà con"),
        Segment(6000, 9000, "[chưa nhận dạng]", (), "unrecognised"),
        Segment(9000, 12000, "", (), "silence"),
        said(12000, 13000, "Xin hết."),
    ]
    paragraphs = split_paragraphs(spoken)
    assert texts(paragraphs) == [
        ["[nhạc]"],
        ["Kính thưa bà con"],
        ["[chưa nhận dạng]"],
        ["Xin hết."],
    ]
    assert [paragraph.is_speech for paragraph in paragraphs] == [False, True, False, True]


def test_music_in_several_segments_is_told_once():
    heard = [
        Segment(0, 90_000, "[nhạc]", (), "music"),
        Segment(90_000, 93_000, "", (), "silence"),
        Segment(93_000, 99_000, "[nhạc]", (), "music"),
        Segment(99_000, 105_000, "[chưa nhận dạng]", (), "unrecognised"),
        said(105_000, 107_000, "Xin hết."),
        Segment(107_000, 110_000, "[chưa nhận dạng]", (), "unrecognised"),
    ]
    paragraphs = split_paragraphs(heard)
    assert texts(paragraphs) == [
        ["[nhạc]"],
        ["[chưa nhận dạng]"],
        ["Xin hết."],
        ["[chưa nhận dạng]"],
    ]
    assert [paragraph.start_ms for paragraph in paragraphs] == [0, 99_000, 105_000, 107_000]


@pytest.mark.parametrize("kind", ["music", "unrecognised", "silence"])
def test_a_remark_that_an_editor_took_out_stays_out(kind):
    assert split_paragraphs([Segment(0, 5000, "", (), kind)]) == []


def test_a_pause_counts_from_word_to_word_though_segments_touch():
    first = Segment(0, 2500, "kính thưa bà con", align("kính thưa bà con", (), 0, 1500))
    second = Segment(2500, 5000, "sáng mai họp", align("sáng mai họp", (), 3000, 5000))
    assert texts(split_paragraphs([first, second])) == [["kính thưa bà con", "sáng mai họp"]]


def test_silence_only_is_told():
    silent = Segment(0, 9000, "[Không có tiếng nói]", (), "silence")
    assert texts(split_paragraphs([silent])) == [["[Không có tiếng nói]"]]


def test_nothing_gives_nothing():
    assert split_paragraphs([]) == []
    assert split_paragraphs([Segment(0, 1000, "  ", ())]) == []


def test_words_keep_their_own_times():
    words = (Word("Xin", 100, 300, 0.9), Word("chào.", 500, 800, 0.8))
    assert timed_words(Segment(0, 1000, "Xin chào.", words)) == list(words)


def test_words_that_do_not_fit_the_text_are_replaced_by_shares_of_the_span():
    segment = Segment(1000, 2000, "một hai ba bốn", (Word("khác", 1000, 2000, 0.5),))
    shared = timed_words(segment)
    assert [word.text for word in shared] == ["một", "hai", "ba", "bốn"]
    assert shared[0].start_ms == 1000
    assert shared[-1].end_ms == 2000
    assert all(word.probability is None for word in shared)


def test_times_never_run_backwards_or_out_of_the_segment():
    words = (Word("a", 900, 950, None), Word("b", 400, 500, None), Word("c", 990, 5000, None))
    timed = timed_words(Segment(0, 1000, "a b c", words))
    assert [(word.start_ms, word.end_ms) for word in timed] == [(900, 950), (900, 900), (990, 1000)]
