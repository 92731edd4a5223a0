"""An approved script sent along with its recording."""

import io

from bridge.queries import list_work
from bridge.scripts import ScriptView, script_view
from tests.transcribe.documents import document
from tests.web.conftest import Office, wav_bytes

PAGE = "/lam-viec/tai-len"


def sound(seed: int = 1) -> tuple[io.BytesIO, str]:
    return io.BytesIO(wav_bytes(1.0, seed=seed)), "loa.wav"


def script_of(office: Office, title: str) -> ScriptView | None:
    with office.services.db.reading() as session:
        item = next(item for item in list_work(session, None) if item.title == title)
        return script_view(session, item.id)


def test_a_plain_form_takes_the_script_with_the_recording(office: Office) -> None:
    browser = office.browser("operator")
    fields = {
        "file": sound(),
        "title": "Họp thôn",
        "script_file": (io.BytesIO(document("Kính thưa bà con.")), "bài.docx"),
    }
    page = browser.post(PAGE, fields).get_data(as_text=True)
    assert "Đã nhận tệp." in page
    script = script_of(office, "Họp thôn")
    assert script is not None
    assert (script.file_name, script.characters, script.applied_at) == ("bài.docx", 17, None)


def test_without_a_script_none_is_attached(office: Office) -> None:
    browser = office.browser("operator")
    empty = {"script_file": (io.BytesIO(b""), ""), "script_text": " \r\n"}
    browser.post(PAGE, {"file": sound(), "title": "Họp thôn", **empty})
    assert script_of(office, "Họp thôn") is None


def test_a_script_that_cannot_be_read_keeps_the_recording_out_and_what_was_typed(
    office: Office,
) -> None:
    browser = office.browser("operator")
    fields = {"file": sound(), "title": "Họp thôn", "script_file": (io.BytesIO(b"%PDF"), "a.pdf")}
    answer = browser.post(PAGE, fields)
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert "Chỉ nhận văn bản .docx hoặc .txt" in page
    assert 'value="Họp thôn"' in page
    assert not list(office.settings.media_dir.rglob("*.wav"))


def test_a_known_recording_leaves_the_script_to_the_desk(office: Office) -> None:
    browser = office.browser("operator")
    browser.post(PAGE, {"file": sound(), "title": "Họp thôn"})
    page = browser.post(PAGE, {"file": sound(), "script_text": "Kính thưa bà con."})
    assert "Văn bản chưa được gắn" in page.get_data(as_text=True)
    assert script_of(office, "Họp thôn") is None


def test_a_large_script_beside_a_recording_of_the_largest_size_fits(office: Office) -> None:
    browser = office.browser("operator")
    largest = wav_bytes((office.settings.max_upload_bytes - 44) / 16_000)
    fields = {
        "file": (io.BytesIO(largest), "loa.wav"),
        "title": "Dài",
        "script_text": "Kính thưa bà con. " * 8_000,
    }
    assert browser.post(PAGE, fields).status_code == 200
    assert script_of(office, "Dài") is not None
