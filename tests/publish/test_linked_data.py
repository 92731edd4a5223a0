"""The graph of schema.org on the pages, read as triples with every name in full."""

from typing import Any

from bridge.corrections import Correction
from publish.linked_data import describe_article, describe_home
from tests.publish.conftest import BROADCAST_AT

BASE = "https://loa.example"
COVER = f"{BASE}/assets/cover.png"
SCHEMA = "https://schema.org/"
Triples = set[tuple[str, str, str]]


def triples_of(document: dict[str, Any]) -> Triples:
    """The document's triples, as JSON-LD 1.1 expands it with schema.org as its vocabulary.

    What has no `@id` is named by the way to it.
    """
    assert document["@context"] == "https://schema.org"
    found: Triples = set()

    def add(subject: str, node: dict[str, Any]) -> None:
        for name, value in node.items():
            for place, one in enumerate(value if isinstance(value, list) else [value]):
                if name == "@type":
                    found.add((subject, "type", SCHEMA + one))
                elif isinstance(one, dict):
                    other = one.get("@id", f"{subject}/{name}{place or ''}")
                    found.add((subject, SCHEMA + name, other))
                    add(other, {key: held for key, held in one.items() if key != "@id"})
                elif name != "@id":
                    found.add((subject, SCHEMA + name, str(one)))

    for node in document["@graph"]:
        add(node["@id"], node)
    return found


def objects(triples: Triples, subject: str, name: str) -> set[str]:
    return {what for who, how, what in triples if (who, how) == (subject, SCHEMA + name)}


def test_an_article_has_its_sound_its_series_and_its_authority(make_item):
    item = make_item(duration_ms=134_000)
    triples = triples_of(describe_article(item, BASE, COVER))
    home, page = f"{BASE}/xa-mau/", f"{BASE}/xa-mau/{item.id}/"
    article, audio = f"{page}#article", f"{page}#audio"
    authority, series = f"{home}#authority", f"{home}#series"
    kinds = {(who, what.removeprefix(SCHEMA)) for who, how, what in triples if how == "type"}
    assert kinds >= {
        (article, "NewsArticle"),
        (audio, "AudioObject"),
        (series, "PodcastSeries"),
        (authority, "GovernmentOrganization"),
    }
    for subject, name, expected in (
        (article, "headline", "Lịch tiêm chủng"),
        (article, "audio", audio),
        (article, "publisher", authority),
        (article, "isPartOf", series),
        (article, "image", COVER),
        (article, "datePublished", "2026-11-20T23:30:00+00:00"),
        (article, "dateModified", "2026-11-21T01:30:00+00:00"),
        (article, "articleSection", "Y tế"),
        (audio, "contentUrl", page + item.audio["mp3"]["name"]),
        (audio, "duration", "PT2M14S"),
        (audio, "encodingFormat", "audio/mpeg"),
        (audio, "inLanguage", "vi"),
        (series, "webFeed", f"{home}feed.xml"),
        (authority, "name", "Ủy ban nhân dân xã Mẫu"),
        (authority, "url", home),
    ):
        assert objects(triples, subject, name) == {expected}
    (transcript,) = objects(triples, audio, "transcript")
    assert transcript.startswith("Kính thưa bà con.")
    # Whatever is named with a fragment is described.
    described = {who for who, how, _ in triples if how == "type"}
    assert {what for _, _, what in triples if what.startswith(BASE) and "#" in what} <= described


def test_a_long_transcript_is_not_said_twice(make_item):
    short, long = (make_item(*["Mời bà con đến họp."] * count) for count in (400, 600))
    for item, count in ((short, 1), (long, 0)):
        triples = triples_of(describe_article(item, BASE, COVER))
        audio = f"{BASE}/xa-mau/{item.id}/#audio"
        assert len(objects(triples, audio, "transcript")) == count
        assert len(objects(triples, audio, "caption")) == 1


def test_corrections_are_told(make_item):
    item = make_item(revision=2, corrections=(Correction(2, BROADCAST_AT, "Giờ là 7 giờ 30."),))
    triples = triples_of(describe_article(item, BASE, COVER))
    (told,) = objects(triples, f"{BASE}/xa-mau/{item.id}/#article", "correction")
    assert objects(triples, told, "text") == {"Giờ là 7 giờ 30."}


def test_a_home_page_lists_its_newest_items(unit_info, make_item):
    items = [make_item(), make_item(id="k7m2p9qa4xnz")]
    triples = triples_of(describe_home(unit_info, items, BASE))
    home = f"{BASE}/xa-mau/"
    assert objects(triples, home, "about") == {f"{home}#authority"}
    urls = {what for _, how, what in triples if how == f"{SCHEMA}url"}
    assert urls >= {f"{home}{item.id}/" for item in items}
    # The same series and authority as on the pages of the items.
    shared = triples_of(describe_article(items[0], BASE, COVER))
    for name in ("series", "authority"):
        of = f"{home}#{name}"
        assert {one for one in triples if one[0] == of} == {one for one in shared if one[0] == of}
