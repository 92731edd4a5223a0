"""The upload page in a real browser, against a server that dies, a line that breaks, people who
reload, pause, change their minds or sign out in the middle."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import select

from bridge.models import Capture, Recording
from tests.conftest import Templates
from tests.functional.running import APPROVER, EDITOR, PASSWORD, RunningLoa, wait_for
from tests.samples import write_wav

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

pytestmark = pytest.mark.browser

# The line out of the browser: lets so many chunks through and holds the others. Playwright's own
# way carries every body to and fro between three processes.
LINE = """
  const line = window.line = { allowed: Infinity, held: [], sent: [], answered: 0, open() {
    line.allowed = Infinity;
    for (const go of line.held.splice(0)) go();
  } };
  const { open, send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, url) {
    this.number = Number(url.split("/").pop());
    return open.apply(this, arguments);
  };
  XMLHttpRequest.prototype.send = function (body) {
    let given_up = false;
    this.addEventListener("loadend", () => (given_up = true));
    const go = () => {
      if (given_up) return;
      line.sent.push(this.number);
      this.addEventListener("load", () => line.answered++);
      send.call(this, body);
    };
    const { abort } = this;
    this.abort = () => {
      if (line.held.includes(go)) this.dispatchEvent(new Event("loadend"));
      abort.call(this);
    };
    if (line.allowed-- > 0) go();
    else line.held.push(go);
  };
"""
# The page takes a file for a new one where the server says nothing for five seconds.
PATIENT = """
  const soon = window.setTimeout;
  window.setTimeout = (act, ms, ...more) => soon(act, ms === 5000 ? 1e6 : ms, ...more);
"""
MIB = 1024 * 1024
PATIENCE_MS = 90_000


@dataclass
class Server:
    """Only the pages, in a process of its own that may be killed; nobody transcribes."""

    loa: RunningLoa

    def captures(self, file_name: str) -> list[Capture]:
        with self.loa.database.reading() as session:
            query = select(Capture).where(Capture.file_name == file_name)
            return list(session.scalars(query.order_by(Capture.created_at)))

    def stored(self, file: Path) -> bool:
        """Whether exactly these bytes were taken in."""
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        with self.loa.database.reading() as session:
            return (
                session.scalar(select(Recording.id).where(Recording.sha256 == digest)) is not None
            )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, templates: Templates) -> Iterator[Server]:
    """One server for all tests here; a test that kills it starts it again."""
    folder = tmp_path_factory.mktemp("sending")
    loa = RunningLoa(folder / "data", templates.new_url("sqlite", folder / "data"), folder)
    loa.settings = {"LOA_REDIS_URL": f"unix://{folder / 'nobody.sock'}"}
    loa.prepare()
    loa.start_web()
    yield Server(loa)
    loa.close()


@pytest.fixture
def sound(tmp_path: Path) -> Callable[..., Path]:
    """Makes WAV files that no other test has sent: `sound("a.wav", mebibytes=12)`."""

    def make(name: str, mebibytes: float = 0.1) -> Path:
        random = np.random.default_rng()
        samples = random.integers(-9000, 9000, int(mebibytes * MIB / 2), dtype=np.int16)
        return write_wav(tmp_path / name, samples)

    return make


@dataclass
class Desk:
    """A person at the upload page."""

    server: Server
    context: "BrowserContext"
    page: "Page"

    def row(self, name: str) -> "Locator":
        return self.page.locator(".sending li", has_text=name)

    def says(self, name: str, text: str | re.Pattern[str]) -> None:
        self.row(name).locator(".file-state", has_text=text).wait_for(timeout=PATIENCE_MS)

    def press(self, name: str, button: str) -> None:
        self.row(name).get_by_role("button", name=button, exact=True).click()

    def choose(self, *files: Path) -> None:
        self.page.set_input_files("#file", list(files))

    def send(self, *files: Path) -> None:
        self.choose(*files)
        self.page.get_by_role("button", name="Gửi", exact=True).click()

    def let_through(self, count: int) -> None:
        """From now on so many chunks go out; the others hang on the line until `let_all`."""
        self.page.evaluate("count => { line.allowed = count; }", count)

    def let_all(self) -> None:
        self.page.evaluate("line.open()")

    def sent(self) -> list[int]:
        """Numbers of the chunks that went out since the page was loaded."""
        return list(self.page.evaluate("line.sent"))

    def wait_for_chunks(self, name: str, count: int) -> None:
        """Until the server has so many and, where all of them are this page's, the page knows."""

        def arrived() -> bool:
            self.page.wait_for_timeout(20)
            there = sum(capture.chunks for capture in self.server.captures(name))
            return there >= count and self.page.evaluate("line.answered >= line.sent.length")

        wait_for(arrived, PATIENCE_MS / 1000, f"{count} chunks")


@pytest.fixture(scope="module")
def session(server: Server, chromium: "Browser") -> Any:
    """The editor's cookies: signing in is slow on purpose."""
    with chromium.new_context() as context:
        sign_in(context.new_page(), server, EDITOR)
        return context.storage_state()


@pytest.fixture
def desk(server: Server, chromium: "Browser", session: Any) -> Iterator[Callable[..., Desk]]:
    """Opens the upload page; `script` runs before anything of the page does."""
    contexts = []

    def open_page(script: str = "") -> Desk:
        context = chromium.new_context(locale="vi-VN", storage_state=session)
        contexts.append(context)
        context.add_init_script(LINE + script)
        page = context.new_page()
        page.goto(f"{server.loa.url}/lam-viec/tai-len")
        return Desk(server, context, page)

    yield open_page
    for context in contexts:
        context.close()


def sign_in(page: "Page", server: Server, email: str) -> None:
    page.goto(f"{server.loa.url}/lam-viec/dang-nhap")
    page.get_by_label("Địa chỉ thư").fill(email)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/lam-viec/")


def test_the_own_sum_is_the_browsers(desk: Callable[..., Desk]) -> None:
    """Fed in odd pieces, at every length around the ends of blocks, and over a large one."""
    wrong = desk().page.evaluate(
        """async () => {
          const { Sha256, sha256OfBlob } = await import("/lam-viec/static/hashing.js");
          const hex = async (bytes) => [...new Uint8Array(
            await crypto.subtle.digest("SHA-256", bytes))]
              .map((byte) => byte.toString(16).padStart(2, "0")).join("");
          const wrong = [];
          for (let length = 0; length < 260; length++) {
            const bytes = crypto.getRandomValues(new Uint8Array(length));
            const sum = new Sha256();
            for (let begin = 0; begin < length; begin += 37) {
              sum.update(bytes.subarray(begin, begin + 37));
            }
            if (sum.hex() !== (await hex(bytes))) wrong.push(length);
          }
          const large = new Uint8Array(3 * 1024 * 1024 + 11).map((_, place) => place * 7);
          if ((await sha256OfBlob(new Blob([large]))) !== (await hex(large))) wrong.push("large");
          return wrong;
        }"""
    )
    assert wrong == []


def test_many_files_at_once_each_with_its_own_answer(
    desk: Callable[..., Desk], sound: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "chữ.mp3").write_text("không phải tiếng " * 300)
    (tmp_path / "rỗng.wav").write_bytes(b"")
    one, two = sound("một.wav"), sound("hai.wav", 5)
    office = desk()
    office.page.get_by_label("Tiêu đề").fill("Không dùng cho nhiều tệp")
    office.choose(one, two)
    office.send(tmp_path / "chữ.mp3", tmp_path / "rỗng.wav")
    office.says("rỗng.wav", "Tệp rỗng")
    office.says("chữ.mp3", "Không đọc được tệp này")
    office.says("một.wav", "Đã nhận")
    office.says("hai.wav", "Đã nhận")
    assert office.server.stored(one)
    assert office.server.stored(two)
    assert [capture.title for capture in office.server.captures("một.wav")] == [""]
    office.row("hai.wav").get_by_role("link", name="Mở bản tin").click()
    office.page.wait_for_url("**/ban-tin/*")
    office.page.go_back()
    office.send(one)
    office.says("một.wav", "đã được gửi trước đây")


def test_a_title_and_a_script_go_with_a_single_file(
    desk: Callable[..., Desk], sound: Callable[..., Path]
) -> None:
    office = desk()
    office.page.get_by_label("Tiêu đề").fill("Họp thôn Đông")
    office.page.get_by_text("Có văn bản đã duyệt").click()
    office.page.get_by_label("Hoặc dán chữ vào đây").fill("Kính thưa bà con.")
    office.send(sound("họp.wav"))
    office.says("họp.wav", "Đã nhận. Máy sẽ chép lời khi đến lượt. Đã gắn văn bản.")
    (capture,) = office.server.captures("họp.wav")
    assert (capture.title, capture.script_text) == ("Họp thôn Đông", "Kính thưa bà con.")
    assert office.page.get_by_label("Tiêu đề").input_value() == ""


def test_a_script_that_cannot_be_read_keeps_no_sound_back(
    desk: Callable[..., Desk], sound: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "bài.pdf").write_bytes(b"%PDF")
    office = desk()
    office.page.get_by_text("Có văn bản đã duyệt").click()
    office.page.set_input_files("#script_file", tmp_path / "bài.pdf")
    office.send(sound("kèm.wav"))
    office.says("kèm.wav", "văn bản chưa gắn được. Chỉ nhận văn bản .docx")


def test_after_a_reload_only_what_is_missing_is_sent(
    desk: Callable[..., Desk], sound: Callable[..., Path], tmp_path: Path
) -> None:
    file = sound("dài.wav", 14)
    office = desk()
    office.let_through(2)
    office.page.get_by_label("Mức khẩn").select_option("Khẩn cấp")
    office.send(file)
    office.wait_for_chunks("dài.wav", 2)
    assert office.page.get_by_label("Mức khẩn").input_value() == "normal"  # for the next batch
    office.page.once("dialog", lambda dialog: dialog.accept())  # it asks before it lets one go
    office.page.reload()
    office.says("dài.wav", re.compile(r"máy chủ đã giữ [1-9]\d%"))

    (tmp_path / "khác").mkdir()
    other = file.rename(tmp_path / "khác" / "gốc").read_bytes()
    file.write_bytes(other[:5000] + bytes(100) + other[5100:])  # the same name and length
    with office.page.expect_file_chooser() as chooser:
        office.press("dài.wav", "Chọn lại tệp")
    chooser.value.set_files(file)
    office.says("dài.wav", "không phải tệp này")

    file.write_bytes(other)
    os.utime(file, (1e9, 1e9))  # copied again from somewhere
    office.choose(file)
    office.says("dài.wav", "Đã nhận")
    assert sorted(office.sent()) == [2, 3]
    assert office.server.stored(file)
    assert [capture.priority for capture in office.server.captures("dài.wav")] == ["urgent"]
    office.row("dài.wav").get_by_text("KHẨN CẤP").wait_for()


def test_a_file_chosen_before_the_page_knows_what_was_left_goes_on_with_it(
    desk: Callable[..., Desk], sound: Callable[..., Path]
) -> None:
    file = sound("vội.wav", 9)
    office = desk(script=PATIENT)
    office.let_through(1)
    office.send(file)
    office.wait_for_chunks("vội.wav", 1)
    [there] = office.sent()  # two go side by side, and either may be the first
    office.press("vội.wav", "Tạm dừng")
    asked: list[Any] = []
    office.page.route("**/*state=open", lambda route: asked.append(route))
    office.page.reload()
    office.choose(file)
    for _ in range(PATIENCE_MS // 50):
        if asked:
            break
        office.page.wait_for_timeout(50)
    office.page.wait_for_timeout(300)
    assert office.row("vội.wav").count() == 0
    asked[0].continue_()
    office.says("vội.wav", "Đã nhận")
    assert office.row("vội.wav").count() == 1
    assert there not in office.sent()
    assert office.server.stored(file)


def test_a_file_that_changed_behind_its_beginning_is_found_out(
    desk: Callable[..., Desk], sound: Callable[..., Path]
) -> None:
    file = sound("sửa.wav", 9)
    office = desk()
    office.let_through(2)
    office.send(file)
    office.wait_for_chunks("sửa.wav", 2)
    office.press("sửa.wav", "Tạm dừng")
    office.page.reload()
    content = bytearray(file.read_bytes())
    content[6 * MIB] ^= 1  # in a chunk that the server has
    file.write_bytes(content)
    office.choose(file)
    office.says("sửa.wav", "Tệp này khác với tệp đã gửi dở")
    office.press("sửa.wav", "Gửi lại từ đầu")
    office.says("sửa.wav", "Đã nhận")
    assert office.server.stored(file)
    wait_for(
        lambda: (
            [capture.state for capture in office.server.captures("sửa.wav")]
            == ["discarded", "finished"]
        ),
        60,
        "the end of the first capture",
    )


def test_a_killed_server_costs_nothing_but_time(
    desk: Callable[..., Desk], sound: Callable[..., Path]
) -> None:
    file = sound("bền.wav", 14)
    office = desk()
    office.let_through(2)
    office.send(file)
    office.wait_for_chunks("bền.wav", 2)
    office.server.loa.crash()
    office.let_all()
    office.says("bền.wav", "Chưa liên lạc được với máy chủ")
    office.server.loa.start_web()
    office.says("bền.wav", "Đã nhận")
    assert office.server.stored(file)
    assert office.sent().count(0) == office.sent().count(1) == 1  # not from the beginning


def test_a_dead_network_shows_and_heals(
    desk: Callable[..., Desk], sound: Callable[..., Path]
) -> None:
    file = sound("mạng.wav", 5)
    office = desk()
    office.context.set_offline(True)
    office.send(file)
    office.says("mạng.wav", "Chưa liên lạc được với máy chủ")
    office.context.set_offline(False)
    office.says("mạng.wav", "Đã nhận")
    assert office.server.stored(file)


def test_pausing_lets_the_next_go_first_and_removing_throws_away(
    desk: Callable[..., Desk], sound: Callable[..., Path]
) -> None:
    large, small = sound("lớn.wav", 9), sound("nhỏ.wav")
    office = desk()
    office.let_through(1)
    office.send(large, small)
    office.wait_for_chunks("lớn.wav", 1)
    office.press("lớn.wav", "Tạm dừng")
    office.let_all()
    office.says("nhỏ.wav", "Đã nhận")
    office.says("lớn.wav", "Đang tạm dừng")
    office.press("lớn.wav", "Bỏ")
    office.says("lớn.wav", "Phần đã gửi sẽ bị xóa")
    office.press("lớn.wav", "Giữ lại")
    office.let_through(0)
    office.press("lớn.wav", "Gửi tiếp")
    office.says("lớn.wav", "Đang gửi")
    office.press("lớn.wav", "Bỏ")
    office.press("lớn.wav", "Bỏ hẳn")
    wait_for(
        lambda: [one.state for one in office.server.captures("lớn.wav")] == ["discarded"],
        60,
        "the end of the capture",
    )
    # The page hears of it a moment after the database has it.
    office.row("lớn.wav").wait_for(state="detached", timeout=PATIENCE_MS)
    office.page.reload()
    office.page.wait_for_load_state("networkidle")
    assert office.page.locator(".sending li").count() == 0


def test_when_the_session_ends_it_says_so_and_goes_on_after_a_new_login(
    desk: Callable[..., Desk], sound: Callable[..., Path]
) -> None:
    file = sound("phiên.wav", 5)
    office = desk()
    office.context.clear_cookies()
    office.send(file)
    office.says("phiên.wav", "Phiên làm việc đã hết")
    link = office.row("phiên.wav").get_by_role("link", name="Đăng nhập")
    with office.context.expect_page() as opened:
        link.click()
    sign_in(opened.value, office.server, EDITOR)
    opened.value.close()
    office.page.bring_to_front()
    office.says("phiên.wav", "Đã nhận")
    assert office.server.stored(file)


def test_nothing_is_sent_in_the_name_of_the_next_person_at_the_machine(
    desk: Callable[..., Desk], sound: Callable[..., Path]
) -> None:
    file = sound("chung.wav", 9)
    office = desk()
    office.let_through(1)
    office.send(file)
    office.wait_for_chunks("chung.wav", 1)
    office.context.clear_cookies()
    other = office.context.new_page()
    sign_in(other, office.server, APPROVER)
    office.let_all()
    office.says("chung.wav", "Người khác đang đăng nhập")
    (capture,) = office.server.captures("chung.wav")
    assert capture.state == "open"
    office.context.clear_cookies()
    sign_in(other, office.server, EDITOR)
    office.page.bring_to_front()
    office.says("chung.wav", "Đã nhận")
    assert len(office.server.captures("chung.wav")) == 1


WITHOUT_HTTPS = """
  Object.defineProperty(crypto, "subtle", { value: undefined });
  Object.defineProperty(crypto, "randomUUID", { value: undefined });
  Object.defineProperty(navigator, "locks", { value: undefined });
"""
WITHOUT_STORE = """
  Object.defineProperty(indexedDB, "open", { value: () => { throw new Error("forbidden"); } });
"""


@pytest.mark.parametrize("script", [WITHOUT_HTTPS, WITHOUT_STORE], ids=["http", "private"])
def test_a_reload_loses_nothing_where_the_browser_gives_less(
    desk: Callable[..., Desk], sound: Callable[..., Path], script: str
) -> None:
    """Over plain HTTP there are no sums and no locks; a private window may keep nothing."""
    name = f"ít-{len(script)}.wav"
    file = sound(name, 9)
    office = desk(script=script)
    office.let_through(1)
    office.send(file)
    office.wait_for_chunks(name, 1)
    office.press(name, "Tạm dừng")
    office.page.reload()
    office.says(name, "máy chủ đã giữ")
    office.choose(file)
    office.says(name, "Đã nhận")
    assert office.server.stored(file)
    assert len(office.server.captures(name)) == 1
