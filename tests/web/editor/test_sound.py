from tests.web.conftest import Office, wav_bytes


def test_the_listening_copy_comes_in_ranges_and_not_again_when_known(office: Office) -> None:
    announcement = office.in_review()
    content = office.listening_copy(announcement).read_bytes()
    browser = office.browser("operator")
    path = f"/lam-viec/ban-tin/{announcement}/am-thanh"
    whole = browser.get(path)
    assert (whole.status_code, whole.mimetype, whole.data) == (200, "audio/mpeg", content)
    assert whole.headers["Cache-Control"] == "private, no-cache"
    part = browser.get(path, headers={"Range": "bytes=256-511"})
    assert part.status_code == 206
    assert part.data == content[256:512]
    known = {"If-None-Match": whole.headers["ETag"]}
    assert browser.get(path, headers=known).status_code == 304


def test_before_there_is_a_listening_copy_the_page_says_to_wait(office: Office) -> None:
    announcement, _run = office.transcribing()
    answer = office.browser("editor").get(f"/lam-viec/ban-tin/{announcement}/am-thanh")
    assert answer.status_code == 404
    assert "Chưa có tiếng để nghe" in answer.get_data(as_text=True)


def test_the_original_is_only_ever_a_download_for_editors(office: Office) -> None:
    announcement = office.in_review()
    path = f"/lam-viec/ban-tin/{announcement}/ban-goc"
    answer = office.browser("editor").get(path)
    assert answer.data == wav_bytes(0.2, seed=1)
    assert answer.mimetype == "application/octet-stream"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert "filename*=UTF-8''ph%C3%A1t%20thanh%20s%C3%A1ng.wav" in disposition
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert office.browser("operator").get(path).status_code == 403


def test_a_lost_original_is_told_in_plain_words(office: Office) -> None:
    announcement = office.in_review()
    office.services.media.original(office.view(announcement).sha256).unlink()
    answer = office.browser("editor").get(f"/lam-viec/ban-tin/{announcement}/ban-goc")
    assert answer.status_code == 404
    assert "bản sao lưu" in answer.get_data(as_text=True)
