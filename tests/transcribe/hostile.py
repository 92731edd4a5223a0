"""What a stranger may send: lists that name other files, lies, bombs, damage.

Everything is made on the spot, by code alone; chance is seeded.
"""

import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np


def playlists(folder: Path, port: int, sibling: str) -> dict[str, bytes]:
    """Texts that FFmpeg follows to other files and addresses. `sibling` lies in `folder`."""
    http = f"http://127.0.0.1:{port}/a"
    path = folder / sibling
    places = [f"{http}.ts", f"{http}.wav", sibling, str(path), f"file:{path}", f"file://{path}"]
    entries = "".join(f"#EXTINF:10,\n{place}\n" for place in places)
    hls = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n{}#EXT-X-ENDLIST\n"
    texts = {
        "hls": hls.format(entries),
        "hls of an address": hls.format(f"#EXTINF:10,\n{http}.ts\n"),
        "hls of a sibling": hls.format(f"#EXTINF:10,\n{sibling}\n"),
        "hls of a path": hls.format(f"#EXTINF:10,\nfile://{path}\n"),
        "hls with a key": hls.format(
            f'#EXT-X-KEY:METHOD=AES-128,URI="{http}.key"\n#EXTINF:10,\n{sibling}\n'
        ),
        "hls with a map": hls.format(f'#EXT-X-MAP:URI="{http}.mp4"\n#EXTINF:10,\n{sibling}\n'),
        "hls of lists": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{http}.m3u8\n",
        "hls of other protocols": hls.format(
            f"#EXTINF:10,\nconcat:{path}|{path}\n#EXTINF:10,\nsubfile,,start,0,end,9,,:{path}\n"
            f"#EXTINF:10,\ncrypto:{path}\n#EXTINF:10,\ncache:{http}.wav\n"
        ),
        "ffconcat": "ffconcat version 1.0\n" + "".join(f"file '{place}'\n" for place in places),
        "ffconcat of a sibling": f"ffconcat version 1.0\nfile {sibling}\n",
        "ffconcat of an address": f"ffconcat version 1.0\nfile {http}.wav\n",
        "sdp": "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n",
        "xspf": '<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList>'
        + "".join(f"<track><location>{place}</location></track>" for place in places)
        + "</trackList></playlist>",
        "pls": "[playlist]\n" + "".join(f"File{n}={p}\n" for n, p in enumerate(places, 1)),
        "m3u": "\n".join(places) + "\n",
        "asx": "<asx version='3.0'>"
        + "".join(f"<entry><ref href='{place}'/></entry>" for place in places)
        + "</asx>",
        "asf reference": f"[Reference]\r\nRef1={http}.asf\r\nRef2={path}\r\n",
        "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT10S"><Period><AdaptationSet mimeType="audio/mp4">'
        f'<Representation id="1" bandwidth="1"><BaseURL>{http}.mp4</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>",
        "smil": f'<smil><body><audio src="{http}.wav"/><audio src="{path}"/></body></smil>',
        "rtsp redirect": f"RTSPtextRTSP://127.0.0.1:{port}/a\n",
        "image list": f"{folder}/%03d.wav\n",
    }
    return {name: text.encode() for name, text in texts.items()}


def quicktime_reference(place: str) -> bytes:
    """A QuickTime file without sound of its own: it says where the sound is."""

    def atom(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(body), name) + body

    url = atom(b"url ", bytes(4) + place.encode() + b"\0")
    header = bytes(12) + struct.pack(">II", 600, 6000) + bytes(80)
    track = bytes(12) + struct.pack(">III", 1, 0, 6000) + bytes(60)
    media = bytes(12) + struct.pack(">IIHH", 8000, 80_000, 0, 0)
    handler = bytes(8) + b"soun" + bytes(13)
    entry = struct.pack(">I4s6xH8xHHIHH", 36, b"raw ", 1, 1, 8, 0, 8000, 0)
    table = (
        atom(b"stsd", struct.pack(">II", 0, 1) + entry)
        + atom(b"stts", struct.pack(">IIII", 0, 1, 80_000, 1))
        + atom(b"stsc", struct.pack(">IIIII", 0, 1, 1, 80_000, 1))
        + atom(b"stsz", struct.pack(">III", 0, 1, 80_000))
        + atom(b"stco", struct.pack(">III", 0, 1, 0))
    )
    data = atom(b"dinf", atom(b"dref", struct.pack(">II", 0, 1) + url))
    info = atom(b"minf", atom(b"smhd", bytes(8)) + data + atom(b"stbl", table))
    body = atom(b"mdhd", media) + atom(b"hdlr", handler) + info
    movie = atom(b"mvhd", header) + atom(b"trak", atom(b"tkhd", track) + atom(b"mdia", body))
    return atom(b"ftyp", b"qt  \0\0\0\0qt  ") + atom(b"moov", movie)


def wav(
    samples: bytes,
    *,
    kind: int = 1,
    channels: int = 1,
    rate: int = 24_000,
    bits: int = 16,
    stated: int | None = None,
    byte_rate: int | None = None,
) -> bytes:
    """A WAV file that says what it is told to say."""
    frame = channels * bits // 8
    rate_field = min(rate * frame, 0xFFFF_FFFF) if byte_rate is None else byte_rate
    length = len(samples) if stated is None else stated
    fmt = struct.pack("<HHIIHH", kind, channels, rate, rate_field, frame & 0xFFFF, bits)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", min(length + 36, 0xFFFF_FFFF), b"WAVE", b"fmt ", 16)
        + fmt
        + struct.pack("<4sI", b"data", length)
        + samples
    )


def id3(size: int, body: bytes = b"") -> bytes:
    """An ID3v2 tag that claims `size` bytes."""
    return b"ID3\x04\x00\x00" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + body


def nested_id3(depth: int, sound: bytes) -> bytes:
    """Tags in tags: each claims all that follows but a few bytes."""
    inner = b""
    for _ in range(depth):
        inner = id3(
            len(inner) + 14, b"PRIV" + struct.pack(">IH", len(inner) + 4, 0) + inner + bytes(4)
        )
    return inner + sound


def lies(sounds: dict[str, bytes]) -> dict[str, bytes]:
    """Files whose headers do not tell the truth. `sounds`: small whole files, by kind."""
    tone = (np.sin(np.arange(48_000) / 9) * 9000).astype("<i2").tobytes()
    numbers = np.sin(np.arange(48_000) / 9)
    for place, value in ((5000, np.nan), (9000, np.inf), (9001, -np.inf), (20_000, 1e300)):
        numbers[place : place + 50] = value
    m4a, mp3, flac = sounds["m4a"], sounds["mp3"], sounds["flac"]
    return {
        "wav of 4 GB": wav(tone, stated=0xFFFF_FF00),
        "wav of an unknown size": wav(tone, stated=0xFFFF_FFFF),
        "wav of 2 GB": wav(tone, stated=0x7FFF_0000),
        "wav of no channel": wav(tone, channels=0),
        "wav of 1000 channels": wav(tone, channels=1000),
        "wav of 65535 channels": wav(tone, channels=65_535),
        "wav of 9 channels": wav(tone, channels=9),
        "wav of 8 channels": wav(tone, channels=8),
        "wav at 1 Hz": wav(tone, rate=1),
        "wav at 1 Hz, short": wav(tone[:20], rate=1),
        "wav at 0 Hz": wav(tone, rate=0),
        "wav at 10 MHz": wav(tone * 120, rate=10_000_000),
        "wav at 4 GHz": wav(tone, rate=0xFFFF_FFFF),
        "wav of 0 bits": wav(tone, bits=0),
        "wav of 1 bit": wav(tone, bits=1),
        "wav of 64 bits": wav(tone, bits=64),
        "wav of no bytes a second": wav(tone, byte_rate=0),
        "wav without a sample": wav(b""),
        "wav of doubles that are no numbers": wav(numbers.astype("<f8").tobytes(), kind=3, bits=64),
        "wav of floats that are no numbers": wav(
            np.clip(numbers, -1e38, 1e38).astype("<f4").tobytes(), kind=3, bits=32
        ),
        "wav of nothing but NaN": wav(np.full(48_000, np.nan, "<f4").tobytes(), kind=3, bits=32),
        "wav that says mp3": wav(tone, kind=0x55),
        "wav that says an unknown codec": wav(tone, kind=0x1234),
        "wav with mp3 inside": wav(mp3, kind=0x55, bits=0, byte_rate=6000),
        "mp4 with a huge atom": struct.pack(">I4sQ", 1, b"ftyp", 2**63 - 1) + m4a[8:],
        "mp4 with atoms of 4 GB": _huge_atoms(m4a, 0xFFFF_FFFF),
        "mp4 with atoms of nothing": _huge_atoms(m4a, 0),
        "mp4 with 4 billion samples": _many_samples(m4a),
        "mp4 of depth": b"\0\0\0\x18ftypM4A \0\0\0\0M4A isom" + _deep_atoms(3000),
        "tag of 256 MB": id3(2**28 - 1) + mp3,
        "tag of 256 MB and nothing": id3(2**28 - 1),
        "tags in tags": nested_id3(200, mp3),
        "tags after tags": id3(20, bytes(20)) * 5000 + mp3,
        "tags and nothing": id3(20, bytes(20)) * 5000,
        "flac of 2**36 samples": flac[:21] + bytes([flac[21] | 0x0F]) + b"\xff" * 4 + flac[26:],
        "flac with a picture of 4 GB": flac[:4] + b"\x06\xff\xff\xff" + flac[4:],
        "flac that needs gigabytes": silent_flac(40, rate=1, block=65_535),
        "flac of no rate": flac[:18] + b"\0\0" + bytes([flac[20] & 0x0F]) + flac[21:],
        "ogg of lengths": sounds["ogg"].replace(b"OpusHead\x01\x01", b"OpusHead\x01\xff", 1),
        "webm of an endless cluster": sounds["webm"][:64] + b"\x1f\x43\xb6\x75\x01" + b"\xff" * 7,
        "amr of nothing but its name": b"#!AMR\n",
        "amr of silence descriptors": b"#!AMR\n" + b"\x44" * 20_000,
        "mp3 headers and nothing": b"\xff\xfb\x90\x00" * 20_000,
        "aac headers and nothing": b"\xff\xf1\x50\x80\x00\xff\xfc" * 20_000,
    }


def junk(sounds: dict[str, bytes]) -> dict[str, bytes]:
    """What is no sound, or none of a kind that we take, as it comes named .mp3."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.wav", wav(bytes(100_000)))
        file.writestr("secret.txt", "x" * 100_000)
    pdf = b"%PDF-1.7\n1 0 obj<</Length 40>>stream\n" + zlib.compress(bytes(5000)) + b"\nendstream"
    found = {
        "sound of a format that is not listed": struct.pack(
            ">4s5I", b".snd", 24, 96_000, 3, 24_000, 1
        )
        + bytes(96_000),
        "zip": archive.getvalue(),
        "zip and sound": archive.getvalue() + sounds["mp3"][:500],
        "pdf": pdf * 20,
        "html": b"<!doctype html><html><body><audio src='http://127.0.0.1:9/a'></body>" * 100,
        "program for Windows": b"MZ"
        + bytes(58)
        + struct.pack("<I", 128)
        + bytes(64)
        + b"PE\0\0"
        + np.random.default_rng(1).bytes(30_000),
        "program for Linux": b"\x7fELF\x02\x01\x01" + np.random.default_rng(2).bytes(30_000),
        "script": b"#!/bin/sh\ntouch /tmp/x\n" * 500,
        "text": "Kính thưa bà con trong thôn\n".encode() * 2000,
        "utf-16": "Kính thưa bà con trong thôn\n".encode("utf-16") * 500,
        "png": b"\x89PNG\r\n\x1a\n" + np.random.default_rng(3).bytes(30_000),
        "zeros": bytes(300_000),
        "ones": b"\xff" * 300_000,
    }
    for size in (1, 2, 3, 7, 64, 511, 4096, 65_536, 1_000_000):
        found[f"{size} random bytes"] = np.random.default_rng(size).bytes(size)
    return found


def silent_flac(hours: float, rate: int = 24_000, block: int = 4608) -> bytes:
    """Digital silence as FLAC of 16 bit mono: about 15 bytes for each `block` samples.

    Layout of RFC 9639: a STREAMINFO block, then frames of one constant subframe each.
    """
    total = int(hours * 3600 * rate)
    streaminfo = (
        struct.pack(">HH", block, block)
        + bytes(6)
        + (rate << 44 | 15 << 36 | total).to_bytes(8, "big")
        + bytes(16)
    )
    parts = [b"fLaC\x80" + len(streaminfo).to_bytes(3, "big") + streaminfo]
    for number in range(total // block):
        header = b"\xff\xf8\x70\x08" + _coded_number(number) + struct.pack(">H", block - 1)
        frame = header + bytes([_checksum(header, _CRC_8, 8)]) + bytes(3)
        parts.append(frame + struct.pack(">H", _checksum(frame, _CRC_16, 16)))
    return b"".join(parts)


def mutate(whole: bytes, chance: np.random.Generator) -> bytes:
    """Damage a file in one to three of the usual ways."""
    data = whole
    for _ in range(int(chance.integers(1, 4))):
        ways: list[Callable[[bytes, np.random.Generator], bytes]] = [
            _flip_bits,
            _flip_head,
            _cut,
            _swap_blocks,
            _repeat_block,
            _insert_junk,
            _extreme_field,
        ]
        data = ways[int(chance.integers(len(ways)))](data, chance)
    return data


def _span(data: bytes, chance: np.random.Generator) -> tuple[int, int]:
    start, end = sorted(chance.integers(0, len(data) + 1, 2).tolist())
    return start, end


def _flip_bits(data: bytes, chance: np.random.Generator) -> bytes:
    changed = bytearray(data)
    for position in chance.integers(0, max(1, len(data)), int(chance.integers(1, 60))).tolist():
        if position < len(changed):
            changed[position] ^= 1 << int(chance.integers(8))
    return bytes(changed)


def _flip_head(data: bytes, chance: np.random.Generator) -> bytes:
    return _flip_bits(data[:256], chance) + data[256:]


def _cut(data: bytes, chance: np.random.Generator) -> bytes:
    start, end = _span(data, chance)
    return data[:end] if chance.random() < 0.5 else data[:start] + data[end:]


def _swap_blocks(data: bytes, chance: np.random.Generator) -> bytes:
    first, second = _span(data, chance)
    size = min(second - first, len(data) - second, int(chance.integers(1, 2000)))
    one, other = data[first : first + size], data[second : second + size]
    return data[:first] + other + data[first + size : second] + one + data[second + size :]


def _repeat_block(data: bytes, chance: np.random.Generator) -> bytes:
    start, end = _span(data, chance)
    return data[:end] + data[start:end] * int(chance.integers(1, 5)) + data[end:]


def _insert_junk(data: bytes, chance: np.random.Generator) -> bytes:
    place = int(chance.integers(0, len(data) + 1))
    return data[:place] + chance.bytes(int(chance.integers(1, 3000))) + data[place:]


def _extreme_field(data: bytes, chance: np.random.Generator) -> bytes:
    values = [
        b"\xff\xff\xff\xff",
        b"\x7f\xff\xff\xff",
        b"\xff\xff\xff\x7f",
        b"\0\0\0\0",
        b"\x80\0\0\0",
    ]
    place = int(chance.integers(0, min(len(data), 512) + 1))
    return data[:place] + values[int(chance.integers(len(values)))] + data[place + 4 :]


def _huge_atoms(m4a: bytes, size: int) -> bytes:
    changed = bytearray(m4a)
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mdat"):
        place = m4a.find(name)
        changed[place - 4 : place] = struct.pack(">I", size)
    return bytes(changed)


def _many_samples(m4a: bytes) -> bytes:
    changed = bytearray(m4a)
    for name in (b"stts", b"stsz", b"stco", b"stsc"):
        place = m4a.find(name)
        if place >= 0:
            offset = place + (12 if name == b"stsz" else 8)
            changed[offset : offset + 4] = b"\x7f\xff\xff\xff"
    return bytes(changed)


def _deep_atoms(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = struct.pack(">I4s", len(inner) + 8, b"moov") + inner
    return inner


def _coded_number(number: int) -> bytes:
    """A frame number as FLAC writes it: UTF-8, stretched to 36 bits."""
    if number < 0x80:
        return bytes([number])
    following = 1
    while number >= 1 << (6 - following + 6 * following):
        following += 1
    lead = 0xFF << (7 - following) & 0xFF | number >> 6 * following
    rest = [0x80 | number >> 6 * place & 0x3F for place in range(following - 1, -1, -1)]
    return bytes([lead, *rest])


def _crc_table(width: int, polynomial: int) -> list[int]:
    table = []
    for byte in range(256):
        value = byte << (width - 8)
        for _ in range(8):
            carry = value >> (width - 1)
            value = (value << 1 & (1 << width) - 1) ^ (polynomial if carry else 0)
        table.append(value)
    return table


def _checksum(data: bytes, table: list[int], width: int) -> int:
    value, shift, mask = 0, width - 8, (1 << width) - 1
    for byte in data:
        value = (value << 8 & mask) ^ table[value >> shift ^ byte]
    return value


_CRC_8, _CRC_16 = _crc_table(8, 0x07), _crc_table(16, 0x8005)
