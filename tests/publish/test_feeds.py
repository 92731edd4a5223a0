"""The RSS feed, read back by feedparser and by its namespaces."""

import json
import uuid
from dataclasses import replace
from xml.etree import ElementTree

import feedparser
import pytest

from bridge.details import Particulars
from publish.atom import build_atom
from publish.feeds import ATOM, FEED_ITEMS, ITUNES, PODCAST, build_feed, podcast_guid
from publish.json_feed import build_json_feed
from tests.publish.schemas import rss_faults

BASE = "https://loa.example"


def test_feedparser_finds_channel_and_items(unit_info, make_item):
    items = [make_item(id="item00000002", title="Hai"), make_item(id="item00000001", title="Một")]
    feed = feedparser.parse(build_feed(unit_info, items, BASE))
    assert not feed.bozo
    assert feed.version == "rss20"
    assert feed.feed.title == "Bản tin loa xã Mẫu"
    assert feed.feed.link == f"{BASE}/xa-mau/"
    assert feed.feed.language == "vi"
    assert feed.feed.author == "Ủy ban nhân dân xã Mẫu"
    assert [entry.title for entry in feed.entries] == ["Hai", "Một"]
    entry = feed.entries[0]
    assert entry.id == "loa:item00000002"
    assert entry.guidislink is False
    assert entry.link == f"{BASE}/xa-mau/item00000002/"
    assert entry.published == "Fri, 20 Nov 2026 23:30:00 +0000"
    assert entry.summary.startswith("Kính thưa bà con.")
    assert entry.itunes_duration == "0:04"
    (enclosure,) = entry.enclosures
    assert enclosure.type == "audio/mpeg"
    assert enclosure.length == "804211"
    assert enclosure.href == f"{BASE}/xa-mau/item00000002/{items[0].audio['mp3']['name']}"


def test_podcast_players_find_the_transcript_and_the_guid(unit_info, make_item):
    item = make_item()
    root = ElementTree.fromstring(build_feed(unit_info, [item], BASE))  # noqa: S314  our own
    channel = root.find("channel")
    (transcript,) = channel.iter(f"{{{PODCAST}}}transcript")
    assert transcript.attrib == {
        "url": f"{BASE}/xa-mau/{item.id}/captions-{item.digest[:12]}.vtt",
        "type": "text/vtt",
        "language": "vi",
    }
    assert channel.findtext(f"{{{PODCAST}}}guid") == podcast_guid(f"{BASE}/xa-mau/feed.xml")
    assert channel.find(f"{{{ATOM}}}link").get("href") == f"{BASE}/xa-mau/feed.xml"
    assert channel.find(f"{{{ITUNES}}}category").get("text") == "Government"


def test_the_guid_is_that_of_the_podcast_namespace():
    # The example in the namespace's own documentation.
    assert podcast_guid("https://mp3s.nashownotes.com/pc20rss.xml") == (
        "917393e3-1b1e-5cef-ace4-edaa54e1f810"
    )
    assert podcast_guid("http://loa.example/f/") == podcast_guid("https://loa.example/f")
    assert uuid.UUID(podcast_guid("https://loa.example/f")).version == 5


def test_an_item_keeps_its_guid_and_date_through_corrections(unit_info, make_item):
    first = feedparser.parse(build_feed(unit_info, [make_item()], BASE)).entries[0]
    later = make_item(revision=2, published_at=make_item().published_at.replace(month=12))
    second = feedparser.parse(build_feed(unit_info, [later], "https://moved.example")).entries[0]
    assert first.id == second.id
    assert first.published == second.published
    assert first.enclosures[0].href != second.enclosures[0].href


def test_markup_and_forbidden_characters_do_not_break_the_feed(unit_info, make_item):
    unit = replace(unit_info, name="Xã <Mẫu> & \x00", authority="A\x0bB\ufffe")
    item = make_item("Một \x08 <b>&amp;</b> ]]> hai 🎺.", title='Tin "<b>" \x1b&', category="\x02Y")
    feed = feedparser.parse(build_feed(unit, [item], BASE), sanitize_html=False)
    assert not feed.bozo
    assert feed.feed.author == "AB"
    assert feed.entries[0].title == 'Tin "<b>" &'
    assert "🎺" in feed.entries[0].summary
    assert "<b>&amp;</b>" in feed.entries[0].summary


def test_an_empty_feed_is_a_feed(unit_info):
    feed = feedparser.parse(build_feed(unit_info, [], BASE))
    assert not feed.bozo
    assert feed.entries == []


def test_a_long_history_is_cut_and_the_same_input_gives_the_same_bytes(unit_info, make_item):
    items = [make_item(id=f"item{n:08}") for n in range(FEED_ITEMS + 3)]
    content = build_feed(unit_info, items, BASE)
    assert len(feedparser.parse(content).entries) == FEED_ITEMS
    assert content == build_feed(unit_info, items, BASE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<pubDate>Fri", b"<pubDate>Frei"),
        (b' length="804211"', b""),
        (b'isPermaLink="false"', b'isPermaLink="true"'),
        (b"<language>vi</language>", b""),
        (b"<generator>Loa</generator>", b"<maker>Loa</maker>"),
        (b"loa:b3d8", b"b3d8"),
    ],
)
def test_the_schema_takes_the_feed_and_refuses_what_players_would(unit_info, make_item, old, new):
    good = build_feed(unit_info, [make_item()], BASE, hub="https://hub.example/")
    assert rss_faults(good) == []
    assert old in good
    assert rss_faults(good.replace(old, new)) != []


def test_atom_and_json_tell_the_same_as_rss(unit_info, make_item):
    particulars = Particulars(summary="Tóm tắt.")
    items = [make_item(id="item00000002", particulars=particulars), make_item(id="item00000001")]
    rss = feedparser.parse(build_feed(unit_info, items, BASE))
    atom = feedparser.parse(build_atom(unit_info, items, BASE, hub="https://hub.example/"))
    assert (atom.bozo, atom.version) == (False, "atom10")
    assert atom.feed.title == rss.feed.title
    listed = json.loads(build_json_feed(unit_info, items, BASE, hub="https://hub.example/"))
    for one, two, three in zip(rss.entries, atom.entries, listed["items"], strict=True):
        assert one.id == two.id == three["id"]
        assert one.link == two.link == three["url"]
        assert one.published_parsed == two.published_parsed
        assert three["date_published"] == "2026-11-20T23:30:00Z"
        assert one.enclosures[0].href == two.enclosures[0].href == three["attachments"][0]["url"]
        assert one.summary.split() == two.content[0].value.split() == three["content_text"].split()
    assert {link.href for link in atom.feed.links if link.rel == "hub"} == {"https://hub.example/"}
    assert listed["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    assert (listed["items"][0]["summary"], atom.entries[0].summary) == ("Tóm tắt.", "Tóm tắt.")
