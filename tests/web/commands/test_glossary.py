import io
import json
from collections.abc import Callable

import pytest

from bridge.editing import save_segment_text
from bridge.glossary import list_terms
from tests.web.conftest import Office
from web.cli import run

Loa = Callable[..., tuple[int, str, str]]


@pytest.fixture
def loa(office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Loa:
    """Runs `loa glossary …` on the office's data: exit status, stdout, stderr."""
    monkeypatch.setenv("LANGUAGE", "vi")  # the command line sets it; it is put back afterwards

    def typed(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        try:
            status = run(["glossary", *arguments, "--data", str(office.settings.data_dir)])
        except SystemExit as end:
            status = int(end.code or 0)
        told = capsys.readouterr()
        return status, told.out, told.err

    return typed


def texts(office: Office) -> list[str]:
    with office.services.db.reading() as session:
        return sorted(term.text for term in list_terms(session, office.unit.id))


def test_names_are_added_listed_and_removed(office: Office, loa: Loa) -> None:
    assert loa("list")[::2] == (0, "Chưa có tên nào. Thêm bằng 'loa glossary add'.\n")
    assert loa("add", "Đông Mẫu", "Thôn Hạ", "--kind", "place", "--unit", "xa-mau")[0] == 0
    status, out, _err = loa("list", "--unit", "xa-mau")
    assert (status, out) == (0, "Thôn Hạ\tĐịa danh\t0\nĐông Mẫu\tĐịa danh\t0\n")
    _status, out, _err = loa("list", "--json")
    assert [json.loads(line) for line in out.splitlines()] == [
        {"text": "Thôn Hạ", "kind": "place", "accepted": 0},
        {"text": "Đông Mẫu", "kind": "place", "accepted": 0},
    ]
    assert loa("remove", "đông mẫu")[:2] == (0, "Đã bỏ Đông Mẫu.\n")
    assert texts(office) == ["Thôn Hạ"]


def test_names_come_from_stdin_line_by_line_and_known_ones_are_no_failure(
    office: Office, loa: Loa
) -> None:
    status, out, err = loa("add", stdin="Đông Mẫu\n\nThôn Hạ\nđông mẫu\n")
    assert (status, out) == (0, "Đã thêm Đông Mẫu.\nĐã thêm Thôn Hạ.\n")
    assert "Đã có “Đông Mẫu” trong từ điển." in err
    status, _out, err = loa("add", "x" * 201)
    assert status == 1
    assert "Tên dài quá 200 chữ cái" in err
    assert texts(office) == ["Thôn Hạ", "Đông Mẫu"]


def test_an_unknown_name_or_unit_is_one_clear_line(loa: Loa) -> None:
    status, out, err = loa("remove", "Không Có")
    assert (status, out) == (1, "")
    assert err.startswith("Lỗi: Không có tên này")
    assert loa("list", "--unit", "khong-co")[0] == 1


def test_learned_names_are_listed_and_added_only_when_asked(office: Office, loa: Loa) -> None:
    assert loa("learn")[::2] == (0, "Chưa có tên nào được sửa từ ba lần trở lên.\n")
    editor = office.person("editor").id
    for _ in range(3):
        segment = office.view(office.in_review()).segments[0]
        with office.services.db.writing() as session:
            save_segment_text(
                session,
                segment_id=segment.id,
                expected_version=1,
                text="Kính thưa bà con thôn Xuân Lãng.",
                actor_id=editor,
            )
    _status, out, _err = loa("learn", "--json")
    [candidate] = [json.loads(line) for line in out.splitlines()]
    assert (candidate["text"], candidate["kind"], candidate["times"]) == ("Xuân Lãng", "place", 3)
    assert "Xuân Lãng\t3 lần" in loa("learn")[1]
    assert texts(office) == []
    assert loa("learn", "--add", "Xuân Lãng")[:2] == (0, "Đã thêm Xuân Lãng.\n")
    assert loa("learn")[1] == ""
    assert loa("list")[1] == "Xuân Lãng\tĐịa danh\t0\n"
