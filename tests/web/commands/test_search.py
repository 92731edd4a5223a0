"""`loa search` and `loa place-name`."""

from tests.web.commands.conftest import Loa
from tests.web.conftest import Office


def test_an_index_is_rebuilt(loa: Loa) -> None:
    assert loa("search", "rebuild")[:2] == (0, "Đã lập mục lục tìm kiếm của 0 bản tin.\n")


def test_names_of_places_are_kept_and_reach_the_portal(loa: Loa, office: Office) -> None:
    pair = ("Xã Cũ", "Xã Mẫu")
    assert loa("place-name", "add", *pair)[:2] == (0, "Đã thêm.\n")
    assert loa("place-name", "add", *pair)[:2] == (0, "Cặp tên này đã có.\n")
    assert loa("place-name", "list")[1] == "Xã Cũ\tXã Mẫu\n"
    contents = office.settings.site_dir / office.unit.slug / "tim" / "muc-luc.json"
    assert '["Xã Cũ","Xã Mẫu"]' in contents.read_text(encoding="utf-8")
    status, _, told = loa("place-name", "add", "Xã Cũ", "xa cu")
    assert (status, "Hai tên này là một" in told) == (1, True)
    assert loa("place-name", "remove", *pair)[0] == 0
    assert loa("place-name", "remove", *pair)[0] == 1
    assert '"names":[]' in contents.read_text(encoding="utf-8")
