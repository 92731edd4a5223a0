import pytest

from transcribe.doubts import MUST_CHECK_KINDS, DoubtFinder
from transcribe.sensitive import PERSONAL, SECRET, find_sensitive


def found(text: str) -> list[tuple[str, str]]:
    tokens = text.split()
    return [(one.kind, " ".join(tokens[one.first : one.end])) for one in find_sensitive(tokens)]


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("theo công văn mật số 5", SECRET, "công văn mật"),
        ("tài liệu Tối mật, không đăng", SECRET, "Tối mật,"),
        ("độ TUYỆT MẬT của huyện", SECRET, "TUYỆT MẬT"),
        ("trên bìa ghi MẬT", SECRET, "MẬT"),
        ("thuộc bí mật nhà nước theo luật", SECRET, "bí mật nhà nước"),
        ("số căn cước 001099012345", PERSONAL, "số căn cước"),
        ("ông A, 001099012345, ở thôn Đông", PERSONAL, "001099012345,"),
        ("ông A sinh năm 1960 trú tại", PERSONAL, "sinh năm 1960"),
        ("giới tính nam, sinh năm 1960", PERSONAL, "sinh năm 1960"),
        ("bà B sinh ngày 5 tháng 3", PERSONAL, "sinh ngày"),
        ("chuyển vào số tài khoản 12345", PERSONAL, "số tài khoản"),
        ("viết về a.b@xa-mau.example nhé", PERSONAL, "a.b@xa-mau.example"),
        ("xét nghiệm dương tính với ma túy", PERSONAL, "dương tính với"),
        ("ông Trần Văn Mẫu trú tại thôn Đông", PERSONAL, "trú tại"),
        ("bà Lê Thị A, 45 tuổi, thường trú tại số nhà 12", PERSONAL, "thường trú tại"),
        ("bệnh nhân Nguyễn Văn A đã khỏi", PERSONAL, "bệnh nhân Nguyễn Văn A"),
        ("nạn nhân là cháu Lê Thị B, học lớp 5", PERSONAL, "nạn nhân là cháu Lê Thị B,"),
        ("cháu Phạm Thị Mẫu bị đuối nước", PERSONAL, "cháu Phạm Thị Mẫu"),
        ("sốt cao, em Trần Văn C nhập viện", PERSONAL, "em Trần Văn C"),
    ],
)
def test_wordings_of_secrets_and_of_one_persons_data(text: str, kind: str, words: str) -> None:
    assert (kind, words) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bà con nuôi ong lấy mật và trồng cây mật độ cao",
        "giữ bí mật mật khẩu của mình",
        "công an xã cấp căn cước cho công dân",
        "tuyên truyền phòng chống lây nhiễm HIV",
        "học sinh năm 2026 được miễn học phí",
        "kế hoạch tuyển sinh năm 2026",
        "tổng vệ sinh năm 2026 toàn xã",
        "kỷ niệm ngày sinh Chủ tịch Hồ Chí Minh",
        "gọi số 0912345678 hoặc 0912.345.678",
        "sinh năm",
        "ông A sinh năm ngoái",
        "người dân thường trú tại địa bàn được cấp thẻ",
        "bệnh nhân đến khám mang theo thẻ bảo hiểm",
        "em Trần Văn C đạt giải nhất cuộc thi",
        "cháu bé trong độ tuổi tiêm chủng bị sốt",
        "ca nhiễm mới trong tuần",
        "bệnh nhân là",
        "trú tại",
    ],
)
def test_everyday_wordings_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_they_are_to_be_checked_and_win_over_other_marks() -> None:
    tokens = "ông Trần Văn An sinh năm 1960 số căn cước 001099012345".split()  # noqa: SIM905
    doubts = DoubtFinder().in_text(tokens)
    by_kind = {doubt.kind: " ".join(tokens[doubt.first_word : doubt.end_word]) for doubt in doubts}
    assert by_kind["name"] == "Trần Văn An"
    assert {SECRET, PERSONAL} <= MUST_CHECK_KINDS
    assert [doubt.reason for doubt in doubts if doubt.kind == PERSONAL] == ["wording"] * 3
    assert all(doubt.must_check for doubt in doubts)
