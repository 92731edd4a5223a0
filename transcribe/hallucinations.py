"""Text that the model made up: sentences of its training videos, loops, impossible speed. Pure.

Flags are questions to the editor. Nothing is removed here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from bridge.transcript import Segment
from bridge.vietnamese import fold_diacritics, token_key
from transcribe.lines import is_too_fast
from transcribe.names import key_set

KNOWN_PHRASE, LOOP, TOO_FAST, TOO_SLOW = "known_phrase", "loop", "too_fast", "too_slow"

# Ours: a sixth of a slow reader's rate, over longer than any pause inside a sentence.
SLOWEST_RATE = 0.5
LONGEST_SLOW_MS = 8_000

# A word or a few said so often in a row is no speech (issue 3). Two exceptions hold a longer
# run: equal digits of a telephone number, and the "a lô, a lô" that opens a broadcast.
LOOP_TIMES = 4
LOOP_WORDS = 6
_PATIENT_LOOP_TIMES = 8
_REPEATED_ON_PURPOSE = key_set("không một hai ba bốn năm sáu bảy tám chín a lô lố alo alô loa")

# Phrases as reported for Vietnamese by users of Whisper models of every size, most of them from
# the ends of videos (whisperX issue 1086 and the block lists of several open projects). "*" stands
# for up to six words, "/" parts alternatives of one word, "?" ends a word that may be missing.
# Anything a commune says itself is left out on purpose: "xin trân trọng cảm ơn", "cảm ơn bà con đã
# lắng nghe", "hẹn gặp lại quý vị và các bạn", "đăng ký kênh Zalo của xã".
_ANYWHERE = """
subscribe/subcribe/subscribes
ghiền/ghiên/nghiền mì gõ
la la school
lalaschool/lala school?
để không bỏ lỡ những/các video
để không? bỏ lỡ * video hấp dẫn/mới
những/các video hấp dẫn
đăng ký/kí kênh để/và ủng hộ
đăng ký/kí kênh để không bỏ lỡ
đăng ký/kí kênh để xem/nhận/theo *? video
đừng quên/quyên đăng ký/kí kênh của? mình/chúng tôi? nhé/để/và
nhớ đăng ký/kí kênh của? mình
đăng ký/kí kênh của mình
ủng hộ kênh của? mình/chúng/tớ
ủng hộ kênh nhé các bạn
theo dõi kênh của mình
like và/, share
like share và/rồi đăng ký/kí
like chia sẻ và? đăng ký/kí
like và/, đăng ký/kí
like và/, subscribe/sub
đừng quên/quyên like
đừng quên/quyên nhấn/bấm like/chuông
nhấn/bấm/ấn nút? like
nhấn/bấm/ấn nút? đăng ký/kí kênh
nhấn/bấm/bật/ấn vào? chuông để nhận thông báo
bật/nhấn chuông thông báo để
cho mình/kênh xin một/1 like
chia sẻ video này
cảm ơn các? bạn đã xem/đón/coi xem? video/clip/phim
cảm ơn các? bạn đã theo dõi/xem video/kênh/clip
cảm ơn các? bạn đã ủng hộ kênh
hẹn gặp lại * trong/ở những/các? video/tập/clip
hẹn gặp lại * trong/ở video/clip
hẹn gặp lại * vào video/clip
gặp lại các bạn trong/ở những/các? video/clip/vlog
trong những/các video tiếp/sau theo?
chào mừng * đến/lại với kênh của?
xin chào * kênh youtube
trong video hôm nay
chúc các bạn xem phim/video/clip
mời các bạn * xem/theo dõi? tập/video tiếp theo
phụ đề được thực hiện bởi
phụ đề được/do thực/dịch hiện? bởi
phụ đề bởi
phụ đề tiếng/việt việt/bởi
dịch phụ đề bởi
vietsub by/bởi/và
thuyết minh và phụ đề
biên dịch và phụ đề
amara.org
thanks/thank for watching
thank you for watching
please like and
subtitles by
ご視聴ありがとうございました
"""
# Said by people as well, so only where nothing else stands in the sentence.
_ALONE = """
cảm ơn các bạn đã theo dõi
cảm ơn các bạn đã xem
cảm ơn các bạn đã đón xem
cảm ơn các bạn đã theo dõi và hẹn gặp lại
cảm ơn các bạn đã theo dõi và hẹn gặp lại các bạn
cảm ơn các bạn đã xem và hẹn gặp lại
cảm ơn các bạn rất nhiều
hẹn gặp lại các bạn
hẹn gặp lại các bạn lần sau
chào tạm biệt
chào tạm biệt và hẹn gặp lại
các bạn hãy đăng ký kênh
hãy đăng ký kênh
bye bye
thank you
"""
_WILDCARD_WORDS = 6
_SENTENCE_ENDS = (".", "!", "?", "…")


@dataclass(frozen=True, slots=True)
class Flag:
    """Why a segment may be made up.

    `first_word`..`end_word` are the tokens concerned (end not included). `reason` by kind:
    known_phrase {"phrase"}; loop {"text", "times"}; too_fast and too_slow {"syllables",
    "duration_ms"}.
    """

    kind: str
    first_word: int
    end_word: int
    reason: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Phrase:
    text: str
    pattern: re.Pattern[str]
    alone: bool


def check_segment(segment: Segment) -> tuple[Flag, ...]:
    """Everything that speaks against one segment of speech; other kinds of segment are left alone.

    Works on the tokens of the segment's text, which are its words.
    """
    if segment.kind != "speech":
        return ()
    tokens = segment.text.split()
    keys = [token_key(token) for token in tokens]
    return (*_known_phrases(tokens, keys), *_loops(keys, tokens), *_rate_flags(segment, tokens))


def check_segments(segments: Sequence[Segment]) -> tuple[tuple[Flag, ...], ...]:
    """`check_segment` for each, and the loops that only neighbours together show.

    Four or more equal lines in a row, of any length, are a loop; so is a phrase that reaches its
    four times only across lines. An announcement read twice, or three times, is none.
    """
    flags = [list(check_segment(segment)) for segment in segments]
    speech = [index for index, segment in enumerate(segments) if segment.kind == "speech"]
    lines = {
        index: [token_key(token) for token in segments[index].text.split()] for index in speech
    }
    for _, group in groupby(speech, key=lambda index: lines[index]):
        equal = list(group)
        if len(equal) >= _needed_times(lines[equal[0]]):
            for index in equal:
                _add_loop(flags[index], 0, len(lines[index]), segments[index].text, len(equal))
    places = [(index, word) for index in speech for word in range(len(lines[index]))]
    joined = [lines[index][word] for index, word in places]
    spoken = [token for index in speech for token in segments[index].text.split()]
    for loop in _loops(joined, spoken):
        concerned = places[loop.first_word : loop.end_word]
        for index, group_places in groupby(concerned, key=lambda place: place[0]):
            words = [word for _, word in group_places]
            text, times = str(loop.reason["text"]), int(loop.reason["times"])
            _add_loop(flags[index], words[0], words[-1] + 1, text, times)
    return tuple(tuple(found) for found in flags)


def _add_loop(flags: list[Flag], first: int, end: int, text: str, times: int) -> None:
    """Add a loop unless the segment by itself showed one there."""
    if not any(
        flag.kind == LOOP and flag.first_word < end and first < flag.end_word for flag in flags
    ):
        flags.append(Flag(LOOP, first, end, {"text": text, "times": times}))


def _known_phrases(tokens: Sequence[str], keys: Sequence[str]) -> Iterator[Flag]:
    """The listed phrases, each stretch of the text reported once."""
    text = " "
    starts_at: dict[int, int] = {}  # offset in the folded text to token
    ends_at: dict[int, int] = {}
    for index, key in enumerate(keys):
        if key:
            starts_at[len(text)] = index
            text += fold_diacritics(_without_tone(key)) + " "
            ends_at[len(text)] = index + 1
    found: list[tuple[int, int, str]] = []
    for phrase in _PHRASES:
        for match in phrase.pattern.finditer(text):
            first, end = starts_at[match.start()], ends_at[match.end()]
            if not phrase.alone or _is_sentence(tokens, first, end):
                found.append((first, end, phrase.text))
    reached = 0
    for first, end, name in sorted(found, key=lambda hit: (hit[0], -hit[1])):
        if end > reached:
            yield Flag(KNOWN_PHRASE, first, end, {"phrase": name})
            reached = end


def _without_tone(key: str) -> str:
    return re.sub("[\u0300\u0301\u0303\u0309\u0323]", "", key)


def _is_sentence(tokens: Sequence[str], first: int, end: int) -> bool:
    begins = first == 0 or tokens[first - 1].endswith(_SENTENCE_ENDS)
    return begins and (end == len(tokens) or tokens[end - 1].endswith(_SENTENCE_ENDS))


def _compile(text: str, *, alone: bool) -> _Phrase:
    """One line of the tables as an expression over folded keys, each followed by a space."""
    parts = []
    for word in text.split():
        if word.rstrip("?") == "*":
            parts.append(rf"(?:\S* ){{0,{_WILDCARD_WORDS}}}?")
            continue
        choices = [_fold(choice) for choice in word.rstrip("?").split("/")]
        group = "(?:" + "|".join(re.escape(choice) + " " for choice in choices if choice) + ")"
        optional = word.endswith("?") or "" in choices
        parts.append(group + "?" if optional else group)
    return _Phrase(text, re.compile("(?<= )" + "".join(parts)), alone)


def _fold(word: str) -> str:
    return fold_diacritics(_without_tone(token_key(word)))


_PHRASES = tuple(
    _compile(line, alone=alone)
    for table, alone in ((_ANYWHERE, False), (_ALONE, True))
    for line in table.strip().splitlines()
)


def _loops(keys: Sequence[str], tokens: Sequence[str]) -> Iterator[Flag]:
    """Runs of one to six words repeated at once, the shortest repeated part first."""
    index = 0
    while index < len(keys):
        best_end = index
        flag = None
        for size in range(1, LOOP_WORDS + 1):
            unit = keys[index : index + size]
            times = 1
            while keys[index + times * size : index + (times + 1) * size] == unit:
                times += 1
            end = index + times * size
            if times >= _needed_times(unit) and end > best_end:
                text = " ".join(tokens[index : index + size])
                flag = Flag(LOOP, index, end, {"text": text, "times": times})
                best_end = end
        if flag:
            yield flag
        index = max(best_end, index + 1)


def _needed_times(unit: Sequence[str]) -> int:
    on_purpose = all(key in _REPEATED_ON_PURPOSE or key.isdigit() for key in unit)
    return _PATIENT_LOOP_TIMES if on_purpose else LOOP_TIMES


def _rate_flags(segment: Segment, tokens: Sequence[str]) -> Iterator[Flag]:
    """Speech faster than a mouth or slower than any speaker, from its first word to its last.

    The segment itself may hold a pause on either side; it counts where there are no words.
    A written number is one syllable where speed is suspected and one a digit where slowness is:
    either way the doubt is in the speaker's favour.
    """
    spoken = [token for token in tokens if any(character.isalnum() for character in token)]
    bounds = segment.words or (segment,)
    duration_ms = bounds[-1].end_ms - bounds[0].start_ms
    most = sum(max(1, sum(letter.isdigit() for letter in token)) for token in spoken)
    if is_too_fast(tokens, duration_ms):
        reason: dict[str, str | int] = {"syllables": len(spoken), "duration_ms": duration_ms}
        yield Flag(TOO_FAST, 0, len(tokens), reason)
    elif spoken and duration_ms >= LONGEST_SLOW_MS and most * 1000 < SLOWEST_RATE * duration_ms:
        yield Flag(TOO_SLOW, 0, len(tokens), {"syllables": most, "duration_ms": duration_ms})
