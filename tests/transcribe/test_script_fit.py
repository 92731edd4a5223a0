"""Scripts laid over what was heard: whose words, where, and what the speaker said otherwise."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.settings import Settings
from bridge.transcript import Segment, Word, align
from tests.samples import speech_samples
from transcribe.plain import transcribe_file
from transcribe.samples import join_samples
from transcribe.script_departures import ADDED, CHANGED, SKIPPED, Departure
from transcribe.script_fit import LEAST_AGREEMENT, ScriptFit, fit_script

WORD_MS = 220
SENTENCES = (
    "Kính thưa toàn thể bà con nhân dân trong xã.",
    "Trạm y tế xã thông báo lịch tiêm chủng cho trẻ em dưới năm tuổi.",
    "Thời gian từ bảy giờ ba mươi phút ngày hai mươi lăm tháng mười một.",
    "Đề nghị các gia đình đưa con em đến đúng giờ và mang theo sổ tiêm.",
    "Xin trân trọng cảm ơn.",
)
OTHER = (
    "Điện lực tạm ngừng cấp điện để sửa chữa đường dây khu vực chợ cũ. Bộ phận một cửa nghỉ làm "
    "việc buổi chiều. Học sinh khối mầm non được nghỉ vì rét đậm."
)


def line(text: str, start_ms: int, *, probability: float = 0.9) -> Segment:
    """A segment as an engine hears it, at an even pace."""
    tokens = text.split()
    words = tuple(
        Word(token, start_ms + WORD_MS * n, start_ms + WORD_MS * (n + 1), probability)
        for n, token in enumerate(tokens)
    )
    return Segment(start_ms, start_ms + WORD_MS * len(tokens), text, words)


def heard(*texts: str | tuple[str, int]) -> list[Segment]:
    """Segments one after the other; ("silence", ms) and the like have no words."""
    segments: list[Segment] = []
    at_ms = 0
    for item in texts:
        if isinstance(item, str):
            segment = line(item, at_ms)
        else:
            kind, length_ms = item
            segment = Segment(at_ms, at_ms + length_ms, f"[{kind}]", (), kind)
        segments.append(segment)
        at_ms = segment.end_ms
    return segments


def kinds(fit: ScriptFit) -> list[str]:
    return [departure.kind for departure in fit.departures]


def only(fit: ScriptFit) -> Departure:
    assert len(fit.departures) == 1, fit.departures
    return fit.departures[0]


def test_the_script_gives_the_words_and_mishearings_are_no_departures() -> None:
    misheard = [
        "Kính thừa toàn thể bà còn nhân dâng trong sã.",
        "Chạm y tế xã thông báo lịt tiêm chuẩn cho trẻ em dưới năm tuổi.",
        "Thời gian từ bẩy giờ ba mươi phúc ngày hai mươi lăm tháng mười một.",
        "Đề nghị cát gia đình đưa con êm đến đúng dờ và mang theo sổ tim.",
        "Xin trân chọng cám ơn.",
    ]
    fit = fit_script("\n".join(SENTENCES), heard(*misheard))
    assert fit.texts == SENTENCES
    assert fit.departures == ()
    assert fit.agreement > LEAST_AGREEMENT


def test_figures_and_abbreviations_agree_with_how_they_are_read() -> None:
    script = (
        "UBND xã thông báo.\nHọp lúc 17h30 ngày 25/11/2026.\nMỗi hộ nộp 1.500.000 đồng, "
        "liên hệ số 0912 345 678.\nĐợt II từ quý IV."
    )
    said = (
        "Ủy ban nhân dân xã thông báo.",
        "Họp lúc mười bảy giờ ba mươi ngày hai mươi lăm tháng mười một năm hai nghìn không trăm "
        "hai mươi sáu.",
        "Mỗi hộ nộp một triệu rưỡi đồng, liên hệ số không chín một hai ba bốn năm sáu bảy tám.",
        "Đợt hai từ quý bốn.",
    )
    fit = fit_script(script, heard(*said))
    assert fit.texts == tuple(script.split("\n"))
    assert fit.departures == ()


def test_letterhead_and_signature_are_not_read_and_told_once_each() -> None:
    head = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nSố: 15/TB-UBND"
    tail = "Nơi nhận:\n- Lưu: VT.\nTM. ỦY BAN NHÂN DÂN\nNguyễn Văn Mẫu"
    script = "\n".join([head, *SENTENCES, tail])
    # A jingle that nobody recognised would have the time for it.
    segments = heard(("unrecognised", 8_000), *SENTENCES, ("silence", 3_000))
    fit = fit_script(script, segments)
    assert fit.texts == (None, *SENTENCES, None)
    assert kinds(fit) == [SKIPPED, SKIPPED]
    first, last = fit.departures
    assert (first.segment_index, first.first_word, first.end_word) == (1, 0, 0)
    assert first.script == " ".join(head.split())
    assert (last.segment_index, last.script) == (5, " ".join(tail.split()))
    assert last.first_word == last.end_word == len(segments[5].words)


def test_a_title_is_not_taken_for_a_jingle() -> None:
    title = "THÔNG BÁO Về việc tiêm chủng mở rộng"
    fit = fit_script("\n".join([title, *SENTENCES]), heard(("unrecognised", 9_000), *SENTENCES))
    assert fit.texts == (None, *SENTENCES)
    assert (only(fit).kind, only(fit).script) == (SKIPPED, title)


def test_a_greeting_before_the_letterhead_is_added_and_the_letterhead_not_read() -> None:
    head = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc"
    greeting = "Đài truyền thanh chúng tôi mời nghe bản tin buổi sáng."
    fit = fit_script("\n".join([head, *SENTENCES]), heard(greeting, *SENTENCES))
    assert fit.texts == (None, *SENTENCES)
    assert sorted(kinds(fit)) == [ADDED, SKIPPED]
    assert {departure.script for departure in fit.departures} == {"", " ".join(head.split())}


def test_a_sentence_that_was_not_read_is_left_out_and_told() -> None:
    without = [*SENTENCES[:3], *SENTENCES[4:]]
    fit = fit_script("\n".join(SENTENCES), heard(*without))
    assert fit.texts == tuple(without)
    departure = only(fit)
    assert (departure.kind, departure.script) == (SKIPPED, SENTENCES[3])
    assert (departure.segment_index, departure.spoken) == (3, "")


def test_a_sentence_that_was_not_heard_fills_the_sound_that_nobody_recognised() -> None:
    length_ms = len(SENTENCES[3].split()) * WORD_MS
    fit = fit_script(
        "\n".join(SENTENCES), heard(*SENTENCES[:3], ("unrecognised", length_ms), SENTENCES[4])
    )
    assert fit.texts == SENTENCES
    assert fit.departures == ()


@pytest.mark.parametrize("kind", ["silence", "music"])
def test_silence_and_music_take_no_words(kind: str) -> None:
    length_ms = len(SENTENCES[3].split()) * WORD_MS
    fit = fit_script("\n".join(SENTENCES), heard(*SENTENCES[:3], (kind, length_ms), SENTENCES[4]))
    assert fit.texts == (*SENTENCES[:3], None, SENTENCES[4])
    assert kinds(fit) == [SKIPPED]


def test_pauses_are_no_time_for_words() -> None:
    length_ms = len(SENTENCES[3].split()) * WORD_MS
    segments = heard(*SENTENCES[:3], ("unrecognised", length_ms), SENTENCES[4])
    pause = [segments[3].start_ms, segments[3].end_ms]
    assert kinds(fit_script("\n".join(SENTENCES), segments, [pause])) == [SKIPPED]


def test_what_the_speaker_added_is_told_and_a_whole_segment_of_it_stays() -> None:
    more = "Riêng hộ ông Bảy nhớ đóng cửa chuồng trại cẩn thận."
    fit = fit_script("\n".join(SENTENCES), heard(*SENTENCES[:2], more, *SENTENCES[2:]))
    assert fit.texts == (*SENTENCES[:2], None, *SENTENCES[2:])
    departure = only(fit)
    assert (departure.kind, departure.segment_index, departure.spoken) == (ADDED, 2, more)
    assert (departure.first_word, departure.end_word, departure.script) == (0, 11, "")


def test_words_added_inside_a_sentence_are_told_and_the_script_stands() -> None:
    said = SENTENCES[3].replace("đến đúng", "nhớ mặc áo ấm đội mũ đến đúng")
    fit = fit_script("\n".join(SENTENCES), heard(*SENTENCES[:3], said, SENTENCES[4]))
    assert fit.texts == SENTENCES
    assert (only(fit).kind, only(fit).spoken) == (ADDED, "nhớ mặc áo ấm đội mũ")


def test_what_the_engine_is_not_sure_of_is_nothing_that_was_added() -> None:
    segments = heard(*SENTENCES[:2], "gió ù lùng bùng ngoài phố xa", *SENTENCES[2:])
    unsure = tuple(replace(word, probability=0.3) for word in segments[2].words)
    segments[2] = replace(segments[2], words=unsure)
    assert kinds(fit_script("\n".join(SENTENCES), segments)) == []


@pytest.mark.parametrize(
    ("said", "script"),
    [
        ("tám giờ ba mươi phút", "bảy giờ ba mươi phút"),
        ("bảy giờ bốn mươi phút", "bảy giờ ba mươi phút"),
        ("ngày hai mươi tư tháng mười một", "ngày hai mươi lăm tháng mười một."),
    ],
)
def test_another_hour_or_day_is_told(said: str, script: str) -> None:
    sentence = SENTENCES[2].replace(script.rstrip("."), said)
    assert sentence != SENTENCES[2]
    fit = fit_script("\n".join(SENTENCES), heard(*SENTENCES[:2], sentence, *SENTENCES[3:]))
    assert fit.texts == SENTENCES
    departure = only(fit)
    assert (departure.kind, departure.segment_index) == (CHANGED, 2)
    assert departure.script in script
    assert departure.spoken.rstrip(".") in said


def test_a_sentence_said_instead_of_another_is_one_departure_with_both() -> None:
    said = "Riêng hộ ông Bảy nhớ đóng cửa chuồng trại cẩn thận trước khi trời tối."
    fit = fit_script("\n".join(SENTENCES), heard(*SENTENCES[:3], said, SENTENCES[4]))
    assert fit.texts[3] is None
    assert (only(fit).kind, only(fit).spoken, only(fit).script) == (CHANGED, said, SENTENCES[3])


def test_a_script_that_was_read_twice_serves_both_readings() -> None:
    fit = fit_script("\n".join(SENTENCES), heard(*SENTENCES, "Xin nhắc lại thông báo.", *SENTENCES))
    assert fit.texts == (*SENTENCES, None, *SENTENCES)
    assert kinds(fit) == [ADDED]


@pytest.mark.parametrize("script", [OTHER, "Một hai ba.", "…"])
def test_the_script_of_another_recording_changes_nothing(script: str) -> None:
    fit = fit_script(script, heard(*SENTENCES))
    assert not fit.matches
    assert fit.agreement < LEAST_AGREEMENT
    assert fit.texts == (None,) * 5
    assert fit.departures == ()


def test_nothing_heard_is_no_match() -> None:
    assert not fit_script("\n".join(SENTENCES), []).matches
    assert not fit_script("\n".join(SENTENCES), heard(("music", 60_000))).matches


def test_a_long_script_for_another_recording_is_found_out() -> None:
    assert not fit_script((OTHER + "\n") * 300, heard(*SENTENCES)).matches


def test_half_an_hour_takes_a_moment() -> None:
    segments: list[Segment] = []
    script: list[str] = []
    for number in range(100):
        sentences = [f"Mục {number}.", *SENTENCES]
        script += sentences
        start_ms = segments[-1].end_ms if segments else 0
        segments += [
            replace(
                segment,
                start_ms=segment.start_ms + start_ms,
                end_ms=segment.end_ms + start_ms,
                words=tuple(word.moved(start_ms) for word in segment.words),
            )
            for segment in heard(*(sentence.replace("xã", "sã") for sentence in sentences))
        ]
    assert sum(len(text.split()) for text in script) > 4_700
    started = time.monotonic()
    fit = fit_script("\n".join(script), segments)
    assert time.monotonic() - started < 10  # 0.7 s on two quiet cores
    assert fit.texts == tuple(script)


WORDS = (
    *" ".join(SENTENCES).split(),
    *("17h30", "25/11/2026", "1.500.000", "UBND", "12,5%", "XIV", "0912", "hai", "một"),
    *("-", "…", "*", "Số:", "15/TB-UBND", "Nơi", "nhận:"),
)
tokens = st.lists(st.sampled_from(WORDS), min_size=1, max_size=14)


@st.composite
def recordings(draw: st.DrawFn) -> list[Segment]:
    """Segments of every kind, their words anywhere inside them, in order."""
    segments: list[Segment] = []
    at_ms = 0
    for _ in range(draw(st.integers(1, 8))):
        length_ms = draw(st.integers(200, 6_000))
        kind = draw(st.sampled_from(["speech"] * 4 + ["silence", "music", "unrecognised"]))
        texts = draw(tokens) if kind == "speech" else []
        moments = sorted(
            draw(
                st.lists(
                    st.integers(0, length_ms), min_size=2 * len(texts), max_size=2 * len(texts)
                )
            )
        )
        words = tuple(
            Word(text, at_ms + start, at_ms + end, draw(st.sampled_from([0.2, 0.7, 0.95])))
            for text, start, end in zip(texts, moments[::2], moments[1::2], strict=True)
        )
        segments.append(Segment(at_ms, at_ms + length_ms, " ".join(texts), words, kind))
        at_ms += length_ms
    return segments


@st.composite
def scripts(draw: st.DrawFn, segments: Sequence[Segment]) -> str:
    """What was heard, with tokens lost, changed and put in, in lines."""
    lines = []
    for segment in segments:
        line_tokens: list[str] = []
        for word in segment.words:
            change = draw(st.sampled_from(["keep"] * 6 + ["lose", "change", "add"]))
            if change in ("keep", "add"):
                line_tokens.append(word.text)
            if change in ("change", "add"):
                line_tokens += draw(tokens)[: 9 if change == "add" else 1]
        lines.append(" ".join(line_tokens))
    return "\n".join(lines)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_every_token_is_placed_or_told_and_times_ascend(data: st.DataObject) -> None:
    segments = data.draw(recordings())
    script = data.draw(scripts(segments))
    fit = fit_script(script, segments, data.draw(st.sampled_from([(), [[100, 900]]])))
    assert len(fit.texts) == len(segments)
    placed = Counter(token for text in fit.texts if text for token in text.split())
    told = Counter(token for departure in fit.departures for token in departure.script.split())
    if fit.matches:
        assert not Counter(script.split()) - (placed + told)
    else:
        assert not placed + told
    for segment, text in zip(segments, fit.texts, strict=True):
        assert text is None or segment.kind in ("speech", "unrecognised")
        words = align(text or "", segment.words, segment.start_ms, segment.end_ms)
        times = [moment for word in words for moment in (word.start_ms, word.end_ms)]
        assert times == sorted(times)
        assert not times or segment.start_ms <= times[0] <= times[-1] <= segment.end_ms
    for departure in fit.departures:
        length = len(segments[departure.segment_index].words)
        assert 0 <= departure.first_word <= departure.end_word <= length


@pytest.mark.model
def test_real_speech_a_sentence_lost_one_put_in_and_a_figure_changed(
    model_settings: Settings, tmp_path: Path
) -> None:
    clips = speech_samples()
    path = tmp_path / "joined.wav"
    join_samples(clips, path, pause_ms=800)
    segments = transcribe_file(path, model_settings, lambda done_ms, total_ms: None)
    texts = [clip.text for clip in clips]
    fit = fit_script("\n".join(texts), segments)
    assert " ".join(text for text in fit.texts if text) == " ".join(texts)
    assert fit.departures == ()
    century = next(n for n, text in enumerate(texts) if "19" in text)
    changed = [text.replace("19", "18") for text in texts]
    lost, put_in = changed.pop(0 if century != 0 else 1), "Mọi thắc mắc xin liên hệ trạm y tế xã."
    fit = fit_script("\n".join([*changed, put_in]), segments)
    assert sorted(kinds(fit)) == sorted([CHANGED, ADDED, SKIPPED])
    by_kind = {departure.kind: departure for departure in fit.departures}
    assert "18" in by_kind[CHANGED].script
    assert by_kind[SKIPPED].script == put_in
    share = set(by_kind[ADDED].spoken.lower().split()) & set(lost.lower().split())
    assert len(share) >= 5
