"""An announcement of two hours on the desk of a real server: text drawn, sound of the clips.

Sentences of made-up communes, drawn in the same order in every run, with the hours, dates, names
and numbers that make marks and suggestions. One word in twenty is one that the engine doubts.
"""

import io
import random
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bridge import tasks, transcription
from bridge.glossary import add_term
from bridge.intake import accept_recording
from bridge.media import LISTENING_COPY, MediaStore, SoundFacts
from bridge.models import Unit
from bridge.transcript import Segment, Word
from tests.functional.running import RunningLoa, wait_for
from tests.samples import shared_cache
from transcribe.copies import write_copies
from transcribe.samples import fetch_samples

SECONDS = 7200
WORDS = 20_000
SENTENCES = (
    "Kính thưa toàn thể bà con nhân dân trong xã.",
    "Trạm y tế xã thông báo lịch tiêm chủng mở rộng tháng {month} năm 2026.",
    "Thời gian từ {hour} giờ {minute} phút đến {later} giờ, ngày {day} tháng {month}.",
    "Địa điểm tại nhà văn hóa thôn Mẫu, cạnh trạm y tế xã.",
    "Các gia đình có trẻ em dưới năm tuổi đưa các cháu đến đúng giờ, mang theo sổ tiêm.",
    "Điện lực tạm ngừng cấp điện để sửa chữa đường dây từ tám giờ đến mười một giờ.",
    "Hợp tác xã thông báo lịch gieo mạ vụ xuân, trà chính gieo từ ngày {day} tháng {month}.",
    "Mỗi sào ngâm {small} ki lô gam thóc giống, giữ ấm khi trời rét dưới mười lăm độ.",
    "Bà con chuyển đồ đạc, thóc giống, vật nuôi lên cao, không đi qua đập tràn.",
    "Mức thu quỹ là {money} nghìn đồng một khẩu, nộp trước ngày {day} tháng {month}.",
    "Mời đại diện các hộ đến dự họp thôn bàn việc mở rộng đường liên gia.",
    "Mọi thắc mắc xin liên hệ ông Trần Văn Thử, số điện thoại 0912 345 {phone}.",
    "Đề nghị bà con dọn vệ sinh đường làng, khơi thông cống rãnh vào sáng thứ bảy.",
    "Công an xã nhắc bà con cảnh giác với cuộc gọi lạ đòi chuyển tiền.",
    "Trâu bò phải tiêm phòng lở mồm long móng, mỗi hộ báo số con cho thú y viên.",
    "Nước sông đang lên, bà con ven bãi theo dõi bản tin và làm theo hướng dẫn.",
    "Trường mầm non cho các cháu nghỉ học khi nhiệt độ dưới mười độ.",
    "Xin trân trọng cảm ơn bà con đã lắng nghe.",
)
TERMS = (("thôn Mẫu", "place"), ("Trần Văn Thử", "person"), ("Hợp tác xã", "body"))


@dataclass(frozen=True)
class LongDesk:
    """Where it stands, and what the server has of it."""

    loa: RunningLoa
    announcement: str
    segments: tuple[Segment, ...]

    @property
    def address(self) -> str:
        return f"{self.loa.url}/lam-viec/ban-tin/{self.announcement}"


def long_text(words: int = WORDS, seconds: int = SECONDS) -> tuple[Segment, ...]:
    """So many words in so many seconds, in segments of a sentence or two."""
    draw = random.Random(20)  # noqa: S311  no secret is drawn
    segments: list[Segment] = []
    word_ms, count, start_ms = seconds * 1000 // words, 0, 0
    while count < words:
        text = " ".join(_sentence(draw) for _ in range(draw.choice((1, 1, 1, 2))))
        tokens = text.split()[: words - count]
        made = []
        for place, token in enumerate(tokens):
            begin = start_ms + place * word_ms
            probability = draw.uniform(0.1, 0.5) if draw.random() < 0.05 else draw.uniform(0.7, 1)
            made.append(Word(token, begin, begin + word_ms - 20, round(probability, 3)))
        end_ms = start_ms + len(tokens) * word_ms
        segments.append(Segment(start_ms, end_ms, " ".join(tokens), tuple(made)))
        start_ms, count = end_ms, count + len(tokens)
    return tuple(segments)


def _sentence(draw: random.Random) -> str:
    return draw.choice(SENTENCES).format(
        month=draw.randint(1, 12),
        day=draw.randint(1, 28),
        hour=draw.randint(5, 10),
        later=draw.randint(11, 17),
        minute=draw.choice((15, 30, 45)),
        small=draw.randint(2, 9),
        money=draw.choice((20, 50, 120)),
        phone=draw.randint(100, 999),
    )


@contextmanager
def long_desk(folder: Path, words: int = WORDS, seconds: int = SECONDS) -> Iterator[LongDesk]:
    """A server in a process of its own, with the announcement ready for its editor."""
    loa = RunningLoa(folder / "data", "", shared_cache())
    loa.prepare()
    segments = long_text(words, seconds)
    announcement = _fill(loa, segments, seconds)
    loa.process = subprocess.Popen([sys.executable, "-m", "web.cli", "web"], env=loa.environment)
    try:
        wait_for(loa.answers, 60, "the pages")
        yield LongDesk(loa, announcement, segments)
    finally:
        loa.process.terminate()
        loa.process.wait(30)
        loa.process = None
        loa.close()


def _fill(loa: RunningLoa, segments: tuple[Segment, ...], seconds: int) -> str:
    """The announcement as a transcription leaves it; its id."""
    media = MediaStore(loa.data / "media")
    incoming = media.receive(io.BytesIO(b"two hours"), max_bytes=100, min_free_bytes=0)
    peaks = bytes((place * 37 + place // 7) % 200 + 20 for place in range(seconds * 10))
    db = loa.database
    with db.writing() as session:
        unit_id = session.scalars(select(Unit.id)).one()
        for text, kind in TERMS:
            add_term(session, unit_id=unit_id, text=text, kind=kind, actor_id=None)
    receipt = accept_recording(
        db,
        media,
        unit_id=unit_id,
        actor_id=None,
        incoming=incoming,
        facts=SoundFacts("wav", "pcm_s16le", 24_000, 1, seconds * 1000, peaks),
        file_name="hai giờ.wav",
        title="Bản tin hai giờ",
    )
    assert receipt.task_id is not None
    run = tasks.claim_task(db, receipt.task_id, worker="bench", lease_s=600)
    assert run is not None
    with db.writing() as session:
        assignment = transcription.begin_transcription(session, run)
        engine_run_id, _ = transcription.open_engine_run(
            session,
            run,
            assignment,
            model_name="base",
            model_sha256="0" * 64,
            device="cpu",
            compute_type="int8",
            options={},
        )
        transcription.save_segments(session, run, engine_run_id, segments)
        transcription.finish_transcription(session, run, engine_run_id)
    sound = media.derived(incoming.sha256, LISTENING_COPY)
    sound.parent.mkdir(parents=True, exist_ok=True)
    write_copies(_speech(seconds), sound.with_name("working.flac"), sound)
    return receipt.announcement_id


def _speech(seconds: int) -> Iterator[bytes]:
    """The clips again and again: mono 24 kHz s16le."""
    clips = b"".join(_samples_of(sample.wav_path) for sample in fetch_samples(shared_cache()))
    left = seconds * 48_000
    while left > 0:
        yield clips[:left]
        left -= len(clips)


def _samples_of(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        return file.readframes(file.getnframes())
