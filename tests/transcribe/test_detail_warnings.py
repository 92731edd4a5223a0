"""What an approver is warned of in a title and the other details."""

from dataclasses import dataclass

import pytest

from bridge.transcription import propose_title
from transcribe.detail_warnings import find_detail_warnings

HEARD = "Tìm cháu Nguyễn Văn Mẫu, bảy giờ tối qua."


@dataclass(frozen=True)
class Line:
    text: str
    engine_text: str = ""
    kind: str = "speech"
    hidden: bool = False
    cover: str | None = None


def found(details: dict[str, str], *lines: Line) -> list[tuple[str, str, str]]:
    return [(one.field, one.kind, one.words) for one in find_detail_warnings(details, lines)]


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"title": "Lịch tiêm chủng tháng 11"}, []),
        ({"title": "Gọi 0912 345 678"}, [("title", "phone", "0912 345 678")]),
        (
            {"summary": "Số căn cước 012345678901 của ông Mẫu"},
            [("summary", "personal", "Số căn cước 012345678901")],
        ),
        ({"source": "Công văn mật"}, [("source", "secret", "Công văn mật")]),
        ({"speaker": "Nguyễn Văn Mẫu", "author": "Ban văn hóa"}, []),
    ],
)
def test_what_perhaps_must_not_be_published(
    details: dict[str, str], expected: list[tuple[str, str, str]]
) -> None:
    assert found(details, Line("Kính thưa bà con.")) == expected


@pytest.mark.parametrize("way", [{"hidden": True}, {"cover": "beep", "hidden": True}])
def test_a_title_that_says_what_was_taken_out(way: dict[str, object]) -> None:
    out = Line(HEARD, HEARD, **way)  # type: ignore[arg-type]
    title = {"title": "Xin tìm cháu NGUYỄN VĂN MẪU"}
    told = ("title", "covered", "tìm cháu NGUYỄN VĂN MẪU")
    assert found(title, out, Line("Ai biết xin báo.")) == [told]
    # What residents hear elsewhere all the same is no news.
    assert found(title, out, Line("Gia đình tìm cháu Nguyễn Văn Mẫu.")) == []
    assert found({"title": "Tìm người lạc"}, out) == []


def test_a_title_made_of_first_words_that_are_others_now() -> None:
    title = {"title": propose_title(HEARD)}
    assert found(title, Line(HEARD, HEARD)) == []
    mended = Line(HEARD.replace("bảy", "mười bảy"), HEARD)
    assert found(title, mended) == [("title", "unread", propose_title(HEARD))]
    assert found({"title": propose_title(mended.text)}, mended) == []
    # A person's own title is theirs.
    assert found({"title": "Tìm trẻ lạc"}, mended) == []


def test_a_title_made_of_a_segment_that_is_gone_now() -> None:
    told = found({"title": propose_title(HEARD)}, Line(HEARD, HEARD, hidden=True), Line("Hết."))
    assert [kind for _field, kind, _words in told] == ["covered", "unread"]
