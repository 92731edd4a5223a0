"""What somebody types, and what is looked for then."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.search_marks import SNIPPET_LENGTH, find_snippet, mark_text
from bridge.search_query import LONGEST_QUERY, MOST_CLAUSES, parse_query, place_names
from bridge.search_readings import read_text
from bridge.search_terms import (
    MOST_BYTES,
    holds,
    index_entries,
    ranked_conditions,
    written_for_fts5,
    written_for_tsquery,
)
from bridge.vietnamese import to_nfc

ANYTHING = st.text(
    alphabet=st.sampled_from("aăđ ĐờưỡI\"“”'07:h/.-*()&|~=_\\\x00\u0301漢²"), max_size=60
)


def looked_for(text: str, *pairs: tuple[str, str]) -> list[list[str]]:
    query = parse_query(text, place_names(pairs))
    return [
        [" ".join(word.folded for word in way) for way in clause.alternatives]
        for clause in query.clauses
    ]


def test_words_are_looked_for_each_by_itself_and_phrases_as_they_stand() -> None:
    assert looked_for("họp thôn") == [["hop"], ["thon"]]
    assert looked_for('họp "nhà văn hóa"') == [["hop"], ["nha van hoa"]]
    assert looked_for('"họp thôn') == [["hop"], ["thon"]]  # never closed
    assert looked_for("họp HỌP") == [["hop"]]


def test_what_may_be_written_in_two_ways_is_looked_for_in_both() -> None:
    assert looked_for("bảy giờ") == [["bay gio", "7 gio"]]
    assert looked_for('"lúc bảy giờ tại UBND"') == [["luc bay gio tai ubnd", "luc 7 gio tai ubnd"]]
    assert looked_for("ủy ban nhân dân") == [["uy ban nhan dan", "ubnd"]]


def test_a_place_is_looked_for_under_each_of_its_names() -> None:
    pairs = (("Xã Cũ", "Xã Mới"), ("Xã Xưa", "Xã Mới"))
    assert looked_for("xa cu", *pairs) == [["xa cu", "xa moi"]]
    assert looked_for("tin Xã Mới", *pairs) == [["tin"], ["xa moi", "xa cu", "xa xua"]]
    assert looked_for('"tin xã Cũ"', *pairs) == [["tin xa cu", "tin xa moi"]]


def test_marks_count_where_there_are_any() -> None:
    assert parse_query("đi").is_marked
    assert not parse_query("UBND 07:00").is_marked


def test_what_is_too_long_is_cut() -> None:
    assert len(looked_for("a1 " * 500)) <= MOST_CLAUSES
    assert looked_for("b" * (LONGEST_QUERY + 50) + " c") == [["b" * 40]]


@given(ANYTHING, ANYTHING)
def test_anything_can_be_asked_of_anything(asked: str, text: str) -> None:
    query = parse_query(asked, place_names([("a đ", "07 h")]))
    entries = frozenset(index_entries(text, (text,), ()))
    conditions = ranked_conditions(query, ("u=1",))
    assert sum(holds(one, entries | {"u=1"}) for one in conditions) <= 1
    for condition in conditions:
        written_for_fts5(condition)
        assert "\x00" not in written_for_tsquery(condition)
    assert "".join(piece.text for piece in mark_text(query, text)) == to_nfc(text)
    snippet = find_snippet(query, [[0, 1000, to_nfc(text)]])
    assert len("".join(piece.text for piece in snippet.pieces)) <= SNIPPET_LENGTH + 100


@given(ANYTHING)
def test_a_text_is_found_by_itself(text: str) -> None:
    query = parse_query(text)
    entries = frozenset(index_entries("", (text,), ()))
    if not any(character in text for character in '"“”') and query.clauses:
        assert any(holds(one, entries) for one in ranked_conditions(query, ()))


def test_every_word_of_a_text_is_an_entry_and_no_phrase_runs_over_two_texts() -> None:
    entries = set(index_entries("Họp thôn", ("lúc 7 giờ", "tại xã"), ("u=1",)))
    assert {"u=1", "~hop", "hop_thon", "luc_7_gio", "=thôn"} <= entries
    assert not {"thon_luc", "gio_tai", "~luc"} & entries


def test_an_immense_text_keeps_its_words_before_its_phrases() -> None:
    text = " ".join(f"x{number}y" for number in range(20_000))
    entries = index_entries("", (text,), ())
    assert sum(len(one.encode()) + 2 for one in entries) <= MOST_BYTES
    words = {word.folded for stream in read_text(text) for word in stream}
    assert words <= set(entries)


def test_a_snippet_shows_where_most_of_it_is_said() -> None:
    passages: list[list[int | str]] = [
        [number * 1000, number * 1000 + 1000, f"họp ở đoạn {number} " + "lời khác " * 20]
        for number in range(60)
    ]
    passages[50] = [50_000, 51_000, "hôm nay họp thôn Mẫu bàn việc chung"]
    snippet = find_snippet(parse_query("họp thôn"), passages)
    assert [piece.text for piece in snippet.pieces if piece.is_hit][:2] == ["họp", "thôn"]
    assert snippet.start_ms is not None
    assert 50_000 <= snippet.start_ms < 51_000
    assert snippet.pieces[0].text == "… "
    assert snippet.pieces[-1].text == " …"
