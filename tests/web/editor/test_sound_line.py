"""What stands on the sound line of the desk."""

from dataclasses import dataclass

from bridge.flags import cover_segment, hide_segment
from tests.web.conftest import Office
from web.editor.sound_line import WIDTH, sound_line


@dataclass(frozen=True)
class Span:
    start_ms: int
    end_ms: int
    kind: str = "speech"
    hidden: bool = False
    cover: str | None = None


def test_stretches_lie_where_they_sound_and_neighbours_of_a_kind_are_one() -> None:
    line = sound_line(
        [
            Span(10_000, 12_000),
            Span(12_000, 13_000, hidden=True, cover="cut"),
            Span(13_000, 14_000, kind="music", hidden=True, cover="cut"),
            Span(14_000, 16_000, hidden=True),
            Span(16_000, 20_000, kind="silence"),
            Span(20_000, 22_000, kind="music"),
        ],
        10_000,
        22_000,
    )
    assert [(one.kind, one.x, one.width) for one in line.stretches] == [
        ("cut", 80.0, 80.0),
        ("hidden", 160.0, 80.0),
        ("music", 400.0, 80.0),
    ]
    assert [(one.kind, one.length) for one in line.legend] == [
        ("cut", "0:02"),
        ("hidden", "0:02"),
        ("music", "0:02"),
    ]


def test_two_hours_of_short_covers_stay_a_small_drawing() -> None:
    spans = [
        Span(place * 1000, place * 1000 + 900, hidden=True, cover="beep") for place in range(7200)
    ]
    line = sound_line(spans, 0, 7_200_000)
    assert len(line.stretches) == 1
    seldom = sound_line(spans[::100], 0, 7_200_000)
    assert len(seldom.stretches) == 72
    assert min(one.width for one in seldom.stretches) >= 1  # still to be seen
    assert max(one.x + one.width for one in line.stretches) <= WIDTH
    assert sound_line([Span(0, 1000)], 0, 1000).stretches == ()


def test_the_desk_draws_them_and_says_what_they_are(office: Office) -> None:
    announcement = office.in_review()
    editor = office.person("editor")
    page = office.browser_of(editor).text(f"/lam-viec/ban-tin/{announcement}")
    assert "line-legend" not in page
    first, second, third = (segment.id for segment in office.view(announcement).segments)
    with office.services.db.writing() as session:
        cover_segment(session, segment_id=first, cover="cut", actor_id=editor.id)
        cover_segment(session, segment_id=second, cover="beep", actor_id=editor.id)
        hide_segment(session, segment_id=third, actor_id=editor.id)
    page = office.browser_of(editor).text(f"/lam-viec/ban-tin/{announcement}")
    legend = page.partition('class="line-legend"')[2].partition("</ul>")[0]
    for kind, word in (("cut", "đã cắt"), ("beep", "tiếng bíp"), ("hidden", "chỉ ẩn chữ")):
        assert f'fill="url(#line-{kind})"' in page
        assert word in legend
