"""Captions and transcripts, read back by small strict parsers."""

import html
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.transcript import Segment, align
from publish.captions import EXPORTERS, make_cues, to_json, to_srt, to_text, to_vtt

TIMING = re.compile(
    r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})"
)
LONG = (
    "Trạm y tế xã thông báo lịch tiêm chủng mở rộng tháng 11 năm 2026. Thời gian từ 7 giờ 30 "
    "phút đến 11 giờ, ngày 25 tháng 11. Địa điểm tại trạm y tế xã. Các gia đình có trẻ em dưới "
    "năm tuổi đưa các cháu đến đúng giờ, mang theo sổ tiêm chủng."
)


def said(start_ms, end_ms, text):
    return Segment(start_ms, end_ms, text, align(text, (), start_ms, end_ms))


def read_vtt(text):
    """Parse as the WebVTT grammar has it; the header, and cues as (start, end, lines)."""
    assert text.endswith("\n")
    header, *blocks = text.removesuffix("\n").split("\n\n")
    first, *rest = header.split("\n")
    assert first == "WEBVTT"
    cues = []
    for block in blocks:
        timing, *lines = block.split("\n")
        match = TIMING.fullmatch(timing)
        assert match, timing
        h1, m1, s1, ms1, h2, m2, s2, ms2 = map(int, match.groups())
        assert lines
        for line in lines:
            assert line.strip()
            assert "-->" not in line
            assert not re.search(r"<|>|&(?!amp;|lt;|gt;)", line)
        start, end = ((h * 60 + m) * 60 + s for h, m, s in ((h1, m1, s1), (h2, m2, s2)))
        cues.append((start * 1000 + ms1, end * 1000 + ms2, [html.unescape(one) for one in lines]))
    return rest, cues


def test_the_header_names_the_language():
    header, cues = read_vtt(to_vtt([said(0, 1000, "Xin chào.")]))
    assert header == ["Kind: captions", "Language: vi"]
    assert cues == [(0, 1000, ["Xin chào."])]


def test_long_segments_become_cues_of_two_short_lines_in_order():
    _, cues = read_vtt(to_vtt([said(500, 20_500, LONG), said(21_000, 23_000, "Xin hết.")]))
    assert len(cues) > 4
    assert " ".join(line for _, _, lines in cues for line in lines) == f"{LONG} Xin hết."
    for start, end, lines in cues:
        assert len(lines) <= 2
        assert max(map(len, lines)) <= 65
        assert 0 < end - start <= 8000
    starts = [start for start, _, _ in cues]
    assert starts == sorted(starts)
    assert all(cues[i][1] <= cues[i + 1][0] for i in range(len(cues) - 1))
    assert cues[-1][:2] == (21_000, 23_000)


def test_a_cue_begins_with_its_first_word():
    first, second = "Một câu đủ dài để đứng riêng một mình ở đây.", "Câu sau."
    words = align(first, (), 1000, 3000) + align(second, (), 5000, 6000)
    cues = make_cues([Segment(0, 9000, f"{first} {second}", words)])
    assert [(cue.start_ms, cue.end_ms) for cue in cues] == [(1000, 3000), (5000, 6000)]


def test_two_lines_are_about_equally_long():
    cue = make_cues([said(0, 6000, "một hai ba bốn năm sáu bảy tám chín mười " * 2)])[0]
    upper, lower = cue.lines
    assert abs(len(upper) - len(lower)) < 10


def test_markup_in_a_text_stays_text():
    text = "<script>alert(1)</script> & 5 --> 6 &lt; <v Ai đó>"
    vtt = to_vtt([said(0, 2000, text)])
    assert "<script" not in vtt
    _, cues = read_vtt(vtt)
    assert " ".join(cues[0][2]) == text


def test_remarks_stand_for_what_is_not_speech():
    segments = [
        Segment(0, 60_000, "[nhạc]", (), "music"),
        Segment(60_000, 90_000, "[Không có tiếng nói]", (), "silence"),
        Segment(90_000, 95_000, "", (), "silence"),
    ]
    _, cues = read_vtt(to_vtt(segments))
    assert cues == [(0, 60_000, ["[nhạc]"]), (60_000, 90_000, ["[Không có tiếng nói]"])]


def test_a_whole_tiling_leaves_silence_to_the_json():
    segments = [
        Segment(0, 4000, "[nhạc]", (), "music"),
        Segment(4000, 8000, "", (), "silence"),
        said(8000, 9000, "Xin chào."),
        Segment(9000, 12_000, "[chưa nhận dạng]", (), "unrecognised"),
    ]
    assert to_text(segments) == "[nhạc]\n\nXin chào.\n\n[chưa nhận dạng]\n"
    assert "\n2\n00:00:08,000 --> 00:00:09,000\nXin chào.\n\n3\n" in to_srt(segments)
    _, cues = read_vtt(to_vtt(segments))
    assert [lines for _, _, lines in cues] == [["[nhạc]"], ["Xin chào."], ["[chưa nhận dạng]"]]
    listed = json.loads(to_json(segments))["segments"]
    assert [(one["start_ms"], one["end_ms"], one["kind"]) for one in listed] == [
        (one.start_ms, one.end_ms, one.kind) for one in segments
    ]


def test_a_word_longer_than_a_line_is_cut():
    _, cues = read_vtt(to_vtt([said(0, 9000, "a" * 400)]))
    lines = [line for _, _, lines in cues for line in lines]
    assert "".join(lines) == "a" * 400
    assert max(map(len, lines)) == 65


def test_hours_are_written_out():
    _, cues = read_vtt(to_vtt([said(3_661_001, 3_662_002, "Xin hết.")]))
    assert cues[0][:2] == (3_661_001, 3_662_002)


def test_srt_is_numbered_and_uses_commas():
    srt = to_srt([said(0, 1000, "Xin --> chào."), said(2000, 3000, "Hết.")])
    assert srt == (
        "1\n00:00:00,000 --> 00:00:01,000\nXin → chào.\n\n2\n00:00:02,000 --> 00:00:03,000\nHết.\n"
    )


def test_text_is_paragraphs():
    spoken = [said(0, 2000, "Kính thưa bà con."), said(8000, 9000, "Xin hết.")]
    assert to_text(spoken) == "Kính thưa bà con.\n\nXin hết.\n"


def test_json_keeps_every_word_with_its_times():
    segment = said(0, 2000, "Thôn Đông họp")
    content = json.loads(to_json([segment]))
    assert content["language"] == "vi"
    (only,) = content["segments"]
    assert (only["start_ms"], only["end_ms"], only["kind"]) == (0, 2000, "speech")
    assert [word["text"] for word in only["words"]] == ["Thôn", "Đông", "họp"]
    assert only["words"][0]["probability"] is None
    assert "Thôn Đông" in to_json([segment])  # letters, not escapes


@pytest.mark.parametrize(("name", "expected"), [("txt", ""), ("srt", ""), ("json", "[]")])
def test_no_segments_make_an_empty_document(name, expected):
    assert expected in EXPORTERS[name]([])
    assert read_vtt(EXPORTERS["vtt"]([]))[1] == []


# How long an example takes is the machine's affair.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5000),
            st.integers(1, 20_000),
            st.text("ab<&>- \n.Đ", max_size=200),
            st.sampled_from(["speech", "music", "silence"]),
        ),
        max_size=6,
    )
)
def test_any_text_makes_valid_captions_in_order(parts):
    segments, at = [], 0
    for gap, length, text, kind in parts:
        at += gap
        segments.append(Segment(at, at + length, text, (), kind))
        at += length
    _, cues = read_vtt(to_vtt(segments))
    previous = 0
    for start, end, lines in cues:
        assert previous <= start < end
        assert len(lines) <= 2
        assert max(map(len, lines)) <= 65
        previous = end
