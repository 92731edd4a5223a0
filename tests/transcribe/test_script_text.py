"""Reading scripts: what people send, and what nobody should."""

import io
import struct
import time
from pathlib import Path

import docx
import pytest

from bridge.errors import InvalidInput
from tests.transcribe.documents import (
    BODY,
    document,
    paragraph,
    rewritten,
    saved,
    with_body,
)
from transcribe.script_text import (
    MAX_CHARACTERS,
    MAX_FILE_BYTES,
    clean_script,
    is_legacy_encoded,
    read_script,
)

TEXT = "Kính thưa bà con.\nHọp thôn lúc 19 giờ 30."
TCVN3 = "Céng hßa x· héi chñ nghÜa ViÖt Nam, ®éc lËp tù do h¹nh phóc"
VNI = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam, ñoäc laäp töï do haïnh phuùc"


def read(content: bytes, name: str = "văn bản.docx") -> str:
    return read_script(io.BytesIO(content), name)


def refusal(content: bytes, name: str = "văn bản.docx") -> str:
    with pytest.raises(InvalidInput) as caught:
        read(content, name)
    return caught.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_text_is_read_with_and_without_its_mark(encoding: str) -> None:
    assert read(TEXT.replace("\n", "\r\n").encode(encoding), "Bài đọc.TXT") == TEXT


def test_decomposed_letters_become_whole_ones() -> None:
    assert read("Ho\u0323p tho\u0302n".encode(), "a.txt") == "Họp thôn"


@pytest.mark.parametrize(
    "content",
    [TCVN3.encode("latin-1"), TCVN3.encode(), VNI.encode(), "Xin chào".encode("utf-16-le")],
)
def test_old_encodings_are_named_and_not_taken_as_garbage(content: bytes) -> None:
    assert refusal(content, "a.txt") == "script_encoding"


def test_old_fonts_are_found_in_documents_and_pasted_text_too() -> None:
    assert refusal(document(TCVN3)) == "script_encoding"
    with pytest.raises(InvalidInput):
        clean_script(VNI)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "Kinh thua ba con, hop thon luc bay gio.",
        "Nhiệt độ 35°C, 20 × 30 m², ½ sào, “bà con” «chú ý» · Müller",
        "Công ty Société Générale và ông Müller",
    ],
)
def test_unicode_with_signs_and_foreign_names_is_not_taken_for_an_old_encoding(text: str) -> None:
    assert not is_legacy_encoded(text)


def test_paragraphs_and_cells_come_in_the_order_of_the_document() -> None:
    content = document("Một", "Hai", "Cuối", table=[["a", "b"], ["c", "d"]])
    assert read(content).split() == ["Một", "Hai", "a", "b", "c", "d", "Cuối"]


def test_what_a_reader_of_the_page_does_not_see_is_left_out() -> None:
    made = docx.Document()
    shown = made.add_paragraph("Kính thưa")
    shown.add_run(" điều này ẩn").font.hidden = True
    shown.add_run("\tbà con")
    shown.add_run().add_break()
    shown.add_run("dòng hai")
    made.sections[0].header.paragraphs[0].text = "đầu trang"
    assert read(saved(made)) == "Kính thưa bà con\ndòng hai"
    deleted = "<w:del><w:r><w:delText>bỏ</w:delText></w:r></w:del>"
    inserted = "<w:ins><w:r><w:t>thêm</w:t></w:r></w:ins>"
    assert read(with_body(f"<w:p>{deleted}{inserted}</w:p>")) == "thêm"


def test_a_text_box_is_read_once_and_where_it_stands() -> None:
    box = f"<w:txbxContent>{paragraph('trong khung')}</w:txbxContent>"
    both = (
        f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
        "</mc:AlternateContent>"
    )
    xml = f"<w:p><w:r><w:t>trước </w:t></w:r><w:r>{both}</w:r><w:r><w:t>sau</w:t></w:r></w:p>"
    assert read(with_body(xml)) == "trước sau\ntrong khung"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "script_kind"),
        ("a.pdf", b"%PDF-1.7", "script_kind"),
        ("a.odt", b"PK\x03\x04", "script_kind"),
        ("a.rtf", b"{\\rtf1}", "script_kind"),
        ("a", b"text", "script_kind"),
        ("a.docm", document("x"), "script_kind"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "script_kind"),
        ("a.docx", b"chi la chu", "script_unreadable"),
        ("a.docx", b"PK\x03\x04 broken", "script_unreadable"),
        ("a.docx", document("Một văn bản")[:-900], "script_unreadable"),
        ("a.txt", document("x"), "script_kind"),
        ("a.txt", b"%PDF-1.7", "script_kind"),
        ("a.txt", b" \r\n\t", "script_empty"),
        ("a.txt", b"...---...", "script_empty"),
        ("a.docx", b"", "script_empty"),
        ("a.docx", document(""), "script_empty"),
        ("a.txt", b"a" * (MAX_FILE_BYTES + 1), "script_too_large"),
        ("a.txt", b"ab " * (MAX_CHARACTERS // 2), "script_too_large"),
    ],
)
def test_what_is_no_script_is_refused_with_a_reason(name: str, content: bytes, code: str) -> None:
    assert refusal(content, name) == code


def test_macros_are_neither_run_nor_a_reason_to_refuse() -> None:
    content = rewritten(
        document("Có macro"), lambda _, data: data, **{"word/vbaProject.bin": b"\0" * 1000}
    )
    assert read(content) == "Có macro"


def test_another_office_document_under_the_name_of_a_script_is_refused() -> None:
    content = rewritten(
        document("x"),
        lambda name, data: (
            data.replace(b"wordprocessingml.document.main", b"spreadsheetml.sheet.main")
            if name == "[Content_Types].xml"
            else data
        ),
    )
    assert refusal(content) == "script_kind"


def test_a_bomb_is_refused_by_what_it_declares() -> None:
    content = rewritten(document("x"), lambda _, data: data, **{"word/big.xml": b" " * 40_000_000})
    assert len(content) < MAX_FILE_BYTES
    assert refusal(content) == "script_too_large"


def test_a_bomb_that_lies_about_its_size_is_refused_too() -> None:
    honest = rewritten(
        document("x"), lambda name, data: b"<" + b" " * 60_000_000 if name == BODY else data
    )
    lying = honest.replace(struct.pack("<I", 60_000_001), struct.pack("<I", 20_000))
    assert lying != honest
    started = time.monotonic()
    assert refusal(lying) == "script_unreadable"
    assert time.monotonic() - started < 20


def test_a_text_too_long_inside_a_small_file_is_refused() -> None:
    assert refusal(with_body(paragraph("ba con " * 100_000))) == "script_too_large"


def test_entities_are_not_resolved_and_nothing_outside_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("mật khẩu")
    outside = f'<!DOCTYPE w:document [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    assert read(with_body(paragraph("trước &x; sau"), outside)) == "trước"
    grow = '<!ENTITY a "' + "lol" * 10 + '">'
    for before, after in zip("abcdefgh", "bcdefghi", strict=True):
        grow += f'<!ENTITY {after} "' + f"&{before};" * 10 + '">'
    laughs = with_body(paragraph("trước &i; sau"), f"<!DOCTYPE w:document [{grow}]>")
    started = time.monotonic()
    assert refusal(laughs) == "script_unreadable"
    assert time.monotonic() - started < 20


def test_ten_thousand_tables_and_deep_nesting_are_read_or_refused_in_time() -> None:
    cell = f"<w:tc>{paragraph('ô')}</w:tc>"
    tables = f"<w:tbl><w:tr>{cell}</w:tr></w:tbl>" * 10_000
    started = time.monotonic()
    assert read(with_body(tables)).split() == ["ô"] * 10_000
    deep = "<w:tbl><w:tr><w:tc>" * 5_000 + paragraph("x") + "</w:tc></w:tr></w:tbl>" * 5_000
    assert refusal(with_body(deep)) == "script_unreadable"
    assert time.monotonic() - started < 25


def test_a_thousand_entries_and_more_are_refused() -> None:
    more = {f"word/{number}.xml": b"" for number in range(1_001)}
    assert refusal(rewritten(document("x"), lambda _, data: data, **more)) == "script_too_large"


def test_pasted_text_is_brought_to_one_form() -> None:
    pasted = "\ufeff  Kính  thưa\tbà con \u202e\x07\r\n\r\n\r\n\r\nXin\u2028chào\0 "
    assert clean_script(pasted) == "Kính thưa bà con\n\nXin\nchào"
    with pytest.raises(InvalidInput):
        clean_script(" \n… – ")
