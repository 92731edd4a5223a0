"""`loa person`: looking first, taking away with --yes."""

from tests.web.commands.conftest import Loa
from tests.web.conftest import Office

TEXTS = ("Kính thưa bà con.", "Mời ông Trần Văn Mẫu lên nhận thẻ.")


def test_it_is_shown_first_and_taken_away_when_told_so(office: Office, loa: Loa) -> None:
    announcement_id = office.in_review(texts=TEXTS)
    editor = office.person("editor")
    status, out, _err = loa("person", "find", "trần văn mẫu")
    place = "… bà con. Mời ông Trần Văn Mẫu lên nhận thẻ. …"
    assert (status, out) == (0, f"xa-mau\tlời bản tin\t{announcement_id}\t{place}\n")
    command = ("person", "withdraw", "Trần Văn Mẫu", "--by", editor.email)
    assert "Chưa gỡ gì: 1 chỗ" in loa(*command)[1]
    assert office.view(announcement_id).segments[1].cover is None
    status, out, err = loa(*command, "--yes")
    assert (status, err) == (0, "")
    assert "Đã gỡ 0 bản tin, che 1 đoạn" in out
    assert office.view(announcement_id).segments[1].cover == "beep"


def test_nobody_of_that_name_and_nobody_who_may(office: Office, loa: Loa) -> None:
    status, out, err = loa("person", "find", "Lê Không Ai")
    assert (status, out, err) == (1, "", "Không thấy chỗ nào nêu tên này.\n")
    office.in_review(texts=TEXTS)
    operator = office.person("operator")
    status, _out, err = loa("person", "withdraw", "Trần Văn Mẫu", "--by", operator.email, "--yes")
    assert status == 1
    assert "lời bản tin" in err
    assert "ít nhất 2 chữ" in loa("person", "find", "Mẫu")[2]
