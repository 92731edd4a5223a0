import re

import pytest

from bridge.accounts import grant_role
from bridge.editing import save_segment_text
from bridge.glossary import Term, add_term, count_acceptance, list_terms
from bridge.models import Unit
from tests.conftest import DATABASES
from tests.web.conftest import Browser, Office

PAGE = "/lam-viec/tu-dien/xa-mau"

both_databases = pytest.mark.parametrize("office", DATABASES, indirect=True)


def names(office: Office, unit: Unit | None = None) -> list[tuple[str, str]]:
    with office.services.db.reading() as session:
        terms = list_terms(session, (unit or office.unit).id)
    return sorted((term.text, term.kind) for term in terms)


def named(office: Office, text: str, kind: str = "place") -> Term:
    with office.services.db.writing() as session:
        return add_term(session, unit_id=office.unit.id, text=text, kind=kind)


def corrected(office: Office, text: str, times: int = 3) -> None:
    """Editors write this over the first segment of so many announcements."""
    editor = office.person("editor").id
    for _ in range(times):
        segment = office.view(office.in_review()).segments[0]
        with office.services.db.writing() as session:
            save_segment_text(
                session,
                segment_id=segment.id,
                expected_version=segment.version,
                text=text,
                actor_id=editor,
            )


def post_candidate(browser: Browser, **fields: str) -> int:
    return browser.post(f"{PAGE}/de-xuat", fields).status_code


def test_an_empty_glossary_says_what_to_do(office: Office) -> None:
    page = office.browser("editor").text(PAGE)
    assert "Chưa có tên nào" in page
    assert "mỗi dòng một tên" in page


@both_databases
def test_pasted_lines_become_names_and_each_line_is_accounted_for(office: Office) -> None:
    named(office, "Thôn Hòa Bình")
    pasted = "Xuân Lãng\r\n\r\nThôn Hoà Bình,\nĐông Mẫu;\n" + "x" * 201 + "\nxuân lãng\n"
    answer = office.browser("editor").post(PAGE, {"names": pasted, "kind": "place"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert names(office) == [
        ("Thôn Hòa Bình", "place"),
        ("Xuân Lãng", "place"),
        ("Đông Mẫu", "place"),
    ]
    assert "Đã thêm 2 tên:" in page
    assert "2 tên đã có sẵn:" in page
    assert "1 dòng chưa thêm được:" in page
    assert "Tên dài quá 200 chữ cái" in page
    # What was refused waits in the field, and only that.
    field = re.search(r'<textarea id="names"[^>]*>([^<]*)<', page)
    assert field is not None
    assert field.group(1) == "x" * 201


def test_nothing_to_add_and_an_unknown_kind_are_said_and_cost_no_typing(office: Office) -> None:
    browser = office.browser("editor")
    answer = browser.post(PAGE, {"names": " \n , \n", "kind": "place"})
    assert answer.status_code == 400
    assert "Chưa có tên nào. Viết mỗi dòng một tên" in answer.get_data(as_text=True)
    answer = browser.post(PAGE, {"names": "Đông Mẫu", "kind": "river"})
    assert answer.status_code == 400
    assert ">Đông Mẫu</textarea>" in answer.get_data(as_text=True)
    answer = browser.post(PAGE, {"names": "a\n" * 1001, "kind": "place"})
    assert answer.status_code == 400
    assert names(office) == []


def test_an_admin_changes_a_name_and_its_kind(office: Office) -> None:
    term = named(office, "Đông Mẩu")
    browser = office.browser("admin")
    page = browser.text(f"{PAGE}?sua={term.id}")
    assert f'action="{PAGE}/ten/{term.id}"' in page
    answer = browser.post(f"{PAGE}/ten/{term.id}", {"text": "Thôn Đông Mẫu", "kind": "other"})
    assert answer.status_code == 303
    assert answer.location.endswith(f"#ten-{term.id}")
    assert names(office) == [("Thôn Đông Mẫu", "other")]


def test_a_refused_change_comes_back_with_what_was_typed(office: Office) -> None:
    term = named(office, "Xuân Lãng")
    named(office, "Đông Mẫu")
    answer = office.browser("admin").post(
        f"{PAGE}/ten/{term.id}", {"text": "đông mẫu", "kind": "place"}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Đã có “Đông Mẫu” trong từ điển." in page
    assert 'value="đông mẫu"' in page
    assert ("Xuân Lãng", "place") in names(office)


def test_a_removed_name_can_be_put_back_as_it_was(office: Office) -> None:
    term = named(office, "Nguyễn Thị Mẫu", "person")
    with office.services.db.writing() as session:
        count_acceptance(session, term.id)
    browser = office.browser("admin")
    answer = browser.post(f"{PAGE}/ten/{term.id}/bo", {})
    assert answer.status_code == 303
    assert names(office) == []
    page = browser.text(answer.location)
    assert "Đặt lại" in page
    assert browser.post(f"{PAGE}/ten/{term.id}/dat-lai", {}).status_code == 303
    page = browser.text(answer.location)  # an old address offers nothing twice
    assert "Đặt lại" not in page
    assert "dùng 1 lần" in page
    assert names(office) == [("Nguyễn Thị Mẫu", "person")]


@both_databases
def test_names_that_editors_keep_correcting_are_offered_and_never_added_alone(
    office: Office,
) -> None:
    corrected(office, "Kính thưa bà con thôn Xuân Lãng.")
    browser = office.browser("admin")
    page = browser.text(PAGE)
    assert "Tên ban biên tập hay sửa" in page
    assert '<b lang="vi">Xuân Lãng</b> 3 lần' in page
    assert names(office) == []
    assert post_candidate(browser, text="Xuân Lãng", kind="place", act="add") == 303
    assert names(office) == [("Xuân Lãng", "place")]
    assert "Tên ban biên tập hay sửa" not in browser.text(PAGE)


def test_a_refused_candidate_is_not_offered_again_but_may_be_added_by_hand(
    office: Office,
) -> None:
    corrected(office, "Kính thưa bà con thôn Xuân Lãng.")
    browser = office.browser("admin")
    assert post_candidate(browser, text="Xuân Lãng", act="refuse") == 303
    assert "Tên ban biên tập hay sửa" not in browser.text(PAGE)
    browser.post(PAGE, {"names": "Xuân Lãng", "kind": "place"})
    assert names(office) == [("Xuân Lãng", "place")]


def test_editors_add_and_only_admins_change_remove_and_refuse(office: Office) -> None:
    term = named(office, "Xuân Lãng")
    corrected(office, "Kính thưa bà con thôn Đông Mẫu.")
    for role in ("editor", "approver"):
        browser = office.browser(role)
        page = browser.text(f"{PAGE}?sua={term.id}")
        assert f"{PAGE}/ten/" not in page
        assert 'value="refuse"' not in page
        for path in (f"ten/{term.id}", f"ten/{term.id}/bo", f"ten/{term.id}/dat-lai"):
            answer = browser.post(f"{PAGE}/{path}", {"text": "Khác", "kind": "other"})
            assert answer.status_code == 403, path
        assert post_candidate(browser, text="Đông Mẫu", act="refuse") == 403
        assert browser.post(PAGE, {"names": f"Tên {role}", "kind": "other"}).status_code == 200
    assert len(names(office)) == 3


def test_the_glossary_is_closed_to_other_roles_and_unknown_to_other_units(
    office: Office,
) -> None:
    term = named(office, "Xuân Lãng")
    other = office.unit_named("xa-khac", "Xã Khác")
    paths = (PAGE, f"{PAGE}/ten/{term.id}", f"{PAGE}/ten/{term.id}/bo", f"{PAGE}/de-xuat")
    fields = {"names": "Ai Đó", "text": "Ai Đó", "kind": "other"}
    for browser, status in (
        (office.browser("operator"), 403),
        (office.browser("admin", unit=other), 404),
    ):
        assert browser.get(PAGE).status_code == status
        for path in paths:
            assert browser.post(path, fields).status_code == status, path
    # Nor does a name of one unit answer under the address of another.
    own = office.browser("admin", unit=other)
    foreign = f"/lam-viec/tu-dien/xa-khac/ten/{term.id}"
    for path in (foreign, f"{foreign}/bo", f"{foreign}/dat-lai"):
        assert own.post(path, fields).status_code == 404
    assert own.get("/lam-viec/tu-dien/khong-co").status_code == 404
    assert names(office) == [("Xuân Lãng", "place")]
    assert office.browser().get(PAGE).status_code == 302  # to the login


def test_the_menu_leads_there_whoever_may_go(office: Office) -> None:
    assert "/lam-viec/tu-dien" in office.browser("editor").text("/lam-viec/")
    operator = office.browser("operator")
    assert "/lam-viec/tu-dien" not in operator.text("/lam-viec/")
    assert operator.get("/lam-viec/tu-dien").status_code == 403
    answer = office.browser("admin").get("/lam-viec/tu-dien")
    assert answer.location == PAGE


def test_whoever_works_for_several_units_chooses_one(office: Office) -> None:
    other = office.unit_named("xa-khac", "Xã Khác")
    user = office.person("editor")
    with office.services.db.writing() as session:
        grant_role(session, user_id=user.id, unit_id=other.id, role="admin")
    page = office.browser_of(user).text("/lam-viec/tu-dien")
    assert PAGE in page
    assert "/lam-viec/tu-dien/xa-khac" in page


def test_names_are_shown_as_text_and_never_as_markup(office: Office) -> None:
    named(office, "<b>Đông</b> & Mẫu")
    page = office.browser("admin").text(PAGE)
    assert "&lt;b&gt;Đông&lt;/b&gt; &amp; Mẫu" in page
    assert "<b>Đông" not in page
