"""A script and what was heard as syllables that can be compared, each with the words it is from.

Pure. Both sides are read aloud: figures, abbreviations and Roman numerals become the words that a
speaker says for them (`transcribe.scoring` brings numbers to one wording).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.vietnamese import to_nfc, token_key
from transcribe.names import key_set
from transcribe.number_speech import speak_number
from transcribe.scoring import normalise_tokens

_EDGES = ".,;:!?…\"'()[]{}“”‘’«»–—-*•+"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One syllable as it is said. `first`..`end` (end not included): the tokens it stands for."""

    text: str
    first: int
    end: int


def _table(text: str) -> dict[str, tuple[str, ...]]:
    rows = (row.partition("=") for row in text.split(";"))
    return {to_nfc(short.strip()): tuple(words.split()) for short, _, words in rows}


# As they stand in the papers of a commune and are read out in full. Those with more than one
# reading (TT: thông tư, trung tâm, thị trấn) are left as they are.
_ABBREVIATIONS = _table(
    """UBND=ủy ban nhân dân; HĐND=hội đồng nhân dân; UBMTTQ=ủy ban mặt trận tổ quốc;
    MTTQ=mặt trận tổ quốc; MTTQVN=mặt trận tổ quốc việt nam; TP=thành phố; Tp=thành phố;
    HCM=hồ chí minh; TPHCM=thành phố hồ chí minh; HN=hà nội; TX=thị xã; TDP=tổ dân phố;
    QĐ=quyết định; NQ=nghị quyết; NĐ=nghị định; CP=chính phủ; TTg=thủ tướng; KH=kế hoạch;
    BCĐ=ban chỉ đạo; BCHQS=ban chỉ huy quân sự; LĐTBXH=lao động thương binh và xã hội;
    HTX=hợp tác xã; CLB=câu lạc bộ; NVH=nhà văn hóa; TYT=trạm y tế; BHYT=bảo hiểm y tế;
    BHXH=bảo hiểm xã hội; CCCD=căn cước công dân; CMND=chứng minh nhân dân;
    THCS=trung học cơ sở; THPT=trung học phổ thông; TH=tiểu học; MN=mầm non;
    ANTT=an ninh trật tự; ATGT=an toàn giao thông; ATTP=an toàn thực phẩm; VSMT=vệ sinh môi trường;
    PCCC=phòng cháy chữa cháy; PCTT=phòng chống thiên tai; TKCN=tìm kiếm cứu nạn;
    TTHC=thủ tục hành chính; NTM=nông thôn mới; GPMB=giải phóng mặt bằng; SXH=sốt xuất huyết;
    NVQS=nghĩa vụ quân sự; GCN=giấy chứng nhận; QSDĐ=quyền sử dụng đất; CT=chủ tịch;
    PCT=phó chủ tịch;
    TNCS=thanh niên cộng sản; LHPN=liên hiệp phụ nữ; CCB=cựu chiến binh; ND=nông dân;
    ĐBQH=đại biểu quốc hội; VN=việt nam; XHCN=xã hội chủ nghĩa; ĐT=điện thoại; SĐT=số điện thoại;
    đ/c=đồng chí; Đ/c=đồng chí; Đ/C=đồng chí; V/v=về việc; v/v=về việc; &=và"""
)
_PARTED = re.compile(r"[-–.&/]")
_ROMAN = re.compile(r"X{0,3}(?:IX|IV|V?I{0,3})")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10}
# A single I, V or X is a numeral only after these.
_ROMAN_CUES = key_set("quý khóa lần thứ kỳ đợt cấp hạng loại phần chương mục")


def say_tokens(tokens: Sequence[str]) -> tuple[Spoken, ...]:
    """The syllables of tokens without spaces, in order; none for a token of punctuation alone."""
    spelled: list[str] = []
    places: list[int] = []
    for index, token in enumerate(tokens):
        before = token_key(tokens[index - 1]) if index else ""
        for word in _spell_out(token, before):
            spelled.append(word)
            places.append(index)
    return tuple(
        Spoken(syllable.text, places[syllable.first], places[syllable.end - 1] + 1)
        for syllable in normalise_tokens(spelled)
    )


def _spell_out(token: str, before: str) -> Iterator[str]:
    """The words that are said for a token; the token itself where it is no abbreviation."""
    bare = to_nfc(token).strip(_EDGES)
    words = _ABBREVIATIONS.get(bare) or _parts_in_words(bare) or _numeral_in_words(bare, before)
    if not words:
        yield token
        return
    yield from words[:-1]
    # The mark at the end parts numbers and sentences.
    yield words[-1] + token[len(token.rstrip(_EDGES)) :]


def _parts_in_words(bare: str) -> tuple[str, ...]:
    """TP.HCM, QĐ-UBND: every part is known, or it is no abbreviation."""
    parts = [part for part in _PARTED.split(bare) if part]
    if len(parts) < 2 or not all(part in _ABBREVIATIONS for part in parts):
        return ()
    return tuple(word for part in parts for word in _ABBREVIATIONS[part])


def _numeral_in_words(bare: str, before: str) -> tuple[str, ...]:
    if not bare or not _ROMAN.fullmatch(bare) or (len(bare) == 1 and before not in _ROMAN_CUES):
        return ()
    values = [_ROMAN_DIGITS[letter] for letter in bare]
    following = [*values[1:], 0]
    total = sum(
        -value if value < after else value for value, after in zip(values, following, strict=True)
    )
    return tuple(speak_number(total).split())
