"""Items, units and sounds as publishing meets them."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.publications import PublishedItem, PublishedSegment
from bridge.transcript import align
from bridge.units import UnitInfo

MakeItem = Callable[..., PublishedItem]
BROADCAST_AT = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)  # 05:30 on the 21st


@pytest.fixture(scope="session")
def unit_info() -> UnitInfo:
    """The example commune as the portal shows it."""
    return UnitInfo(
        id="unit00000001",
        slug="xa-mau",
        name="Xã Mẫu",
        authority="Ủy ban nhân dân xã Mẫu",
        kind="commune",
        accent=None,
        contact="Điện thoại: 0200 000 000",
        time_zone="Asia/Ho_Chi_Minh",
        editor_may_approve=False,
    )


@pytest.fixture(scope="session")
def make_item(unit_info: UnitInfo) -> MakeItem:
    """Makes published items; every field may be given, `texts` become two-second segments."""

    def make(*texts: str, **fields: Any) -> PublishedItem:
        texts = texts or ("Kính thưa bà con.", "Trạm y tế xã tiêm chủng ngày 25 tháng 11.")
        segments = tuple(
            PublishedSegment(
                f"segment{number:05}",
                "speech",
                number * 2000,
                number * 2000 + 1900,
                text,
                align(text, (), number * 2000, number * 2000 + 1900),
            )
            for number, text in enumerate(texts)
        )
        given = {"id": "b3d8t6w1cevr", "revision": 1, "title": "Lịch tiêm chủng", **fields}
        digest = hashlib.sha256(f"{given['id']} {given['revision']}".encode()).hexdigest()
        audio = {
            kind: {"name": f"audio-{digest[:12]}.{kind}", "bytes": 804_211, "sha256": "0" * 64}
            for kind in ("mp3", "webm")
        }
        broadcast_at = given.get("broadcast_at", BROADCAST_AT)
        values: dict[str, Any] = {
            "unit": unit_info,
            "digest": digest,
            "category": "Y tế",
            "area": "toàn xã",
            "priority": "normal",
            "broadcast_at": broadcast_at,
            "published_at": broadcast_at + timedelta(hours=3),
            "first_published_at": broadcast_at + timedelta(hours=1),
            "duration_ms": len(segments) * 2000,
            "segments": segments,
            "peaks": bytes(range(0, 200, 5)),
            "audio": audio,
            "public_note": "",
            "withdrawn_at": None,
            "withdrawn_reason": "",
        }
        return PublishedItem(**{**values, **given})

    return make


@pytest.fixture
def put_audio() -> Callable[[Path, PublishedItem], None]:
    """Lays stand-ins for the published sound where an item's page expects it."""

    def put(root: Path, item: PublishedItem) -> None:
        folder = root / item.unit.slug / item.id
        folder.mkdir(parents=True, exist_ok=True)
        for sound in item.audio.values():
            (folder / sound["name"]).write_bytes(b"sound of " + item.digest.encode())

    return put
