from transcribe.script_layout import split_layout

HEAD = [
    "ỦY BAN NHÂN DÂN XÃ MẪU",
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "––––––",
    "Số: 15/TB-UBND",
    "Xã Mẫu, ngày 20 tháng 11 năm 2026",
]
BODY = ["THÔNG BÁO", "Kính thưa bà con.", "Xin trân trọng cảm ơn."]
TAIL = ["Nơi nhận:", "- Như trên;", "- Lưu: VT.", "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"]


def test_letterhead_and_signature_are_told_from_the_text() -> None:
    assert split_layout(HEAD + BODY + TAIL) == (6, 9)


def test_a_text_alone_has_neither() -> None:
    assert split_layout(BODY) == (0, 3)
    assert split_layout([]) == (0, 0)


def test_a_sentence_that_names_the_committee_is_no_letterhead() -> None:
    lines = ["Ủy ban nhân dân xã thông báo: ngày mai họp.", "Số điện thoại 0912 345 678."]
    assert split_layout(lines) == (0, 2)


def test_a_signature_is_looked_for_below_only() -> None:
    lines = ["TM. ỦY BAN NHÂN DÂN", *["Một câu."] * 40]
    assert split_layout(lines) == (0, 41)
