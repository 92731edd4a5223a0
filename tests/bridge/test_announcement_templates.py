"""Templates of recurring announcements: those that come with Loa, and a unit's own."""

from datetime import timedelta
from pathlib import Path

import pytest

from bridge.announcement_templates import (
    TEMPLATES_FILE,
    own_templates,
    packaged_templates,
    unit_templates,
)
from bridge.errors import SettingsError

OWN = """
[[template]]
code = "cat-dien"
name = "Cắt điện ở xã"
title = "Điện lực tạm ngừng cấp điện ___"
valid_hours = 10

[[template]]
code = "cho-phien"
name = "Chợ phiên"
category = "Kinh tế"
priority = "priority"
valid_days = 2
unit = "xa-mau"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / TEMPLATES_FILE
    path.write_text(text, encoding="utf-8")
    return path


def test_what_comes_up_again_and_again_has_a_template() -> None:
    templates = packaged_templates()
    codes = {one.code for one in templates}
    assert len(codes) == len(templates) >= 10
    assert codes >= {"tiem-chung", "cat-dien", "cat-nuoc", "lich-hop", "thien-tai", "phong-dich"}
    assert codes >= {"nghia-vu-quan-su", "thu-gom-rac", "mat-giay-to", "khan-cap-chay-no"}
    assert all(one.title and one.category and one.valid_for for one in templates)
    for one in templates:
        if one.priority == "urgent":
            assert one.valid_for is not None
            assert one.valid_for <= timedelta(days=1)


def test_a_folder_without_a_file_of_its_own_adds_nothing(tmp_path: Path) -> None:
    assert own_templates(tmp_path) == ()
    assert unit_templates(tmp_path, "xa-mau") == packaged_templates()


def test_own_templates_come_first_and_take_the_place_of_those_of_the_same_code(
    tmp_path: Path,
) -> None:
    write(tmp_path, OWN)
    found = unit_templates(tmp_path, "xa-mau")
    assert [one.code for one in found[:2]] == ["cat-dien", "cho-phien"]
    assert found[0].name == "Cắt điện ở xã"
    assert (found[0].priority, found[0].valid_for) == ("normal", timedelta(hours=10))
    assert (found[1].title, found[1].valid_for) == ("", timedelta(days=2))
    assert len(found) == len(packaged_templates()) + 1


def test_a_template_of_one_unit_is_not_offered_to_another(tmp_path: Path) -> None:
    also = OWN.replace("cho-phien", "cat-dien").replace("Chợ phiên", "Cắt điện ở xã Mẫu")
    write(tmp_path, also)
    assert "Cắt điện ở xã Mẫu" not in {one.name for one in unit_templates(tmp_path, "xa-khac")}
    own = [one.name for one in unit_templates(tmp_path, "xa-mau") if one.code == "cat-dien"]
    assert own == ["Cắt điện ở xã Mẫu"]


def test_a_file_saved_by_notepad_is_read(tmp_path: Path) -> None:
    (tmp_path / TEMPLATES_FILE).write_text(OWN.replace("\n", "\r\n"), encoding="utf-8-sig")
    assert len(own_templates(tmp_path)) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[template]]\ncode = "a\nname = "A"', "line 2"),
        ('[[template]]\nname = "Chợ"', "needs code and name"),
        ('[[template]]\ncode = "a"\nname = "A"\npriority = "gấp"', "priority must be one of"),
        ('[[template]]\ncode = "a"\nname = "A"\ntitel = "T"', "unknown name titel"),
        ('[[template]]\ncode = "a"\nname = "A"\nvalid_for = 3', "unknown name valid_for"),
        ('[[template]]\ncode = "a"\nname = "A"\nvalid_days = "ba"', "whole numbers"),
        ('[[template]]\ncode = "a"\nname = "A"\nvalid_days = true', "whole numbers"),
        ('[[template]]\ncode = "a"\nname = "A"\nvalid_days = 9999', "five years"),
        (f'[[template]]\ncode = "a"\nname = "A"\ntitle = "{"t" * 301}"', "at most 300"),
        ('[[template]]\ncode = "a"\nname = 3', "must be a text"),
        ("template = 3", "only [[template]]"),
        ("template = [3]", "is no table"),
        ('[mẫu]\ncode = "a"', "line 1"),
        ('[templates]\ncode = "a"', "only [[template]]"),
        (OWN + OWN, "stands there twice"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(tmp_path: Path, text: str, says: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        unit_templates(tmp_path, "xa-mau")
    assert caught.value.code == "bad_templates_file"
    assert caught.value.data["path"] == str(path)
    assert says in caught.value.data["detail"]
