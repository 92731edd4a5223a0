"""The task that sends one letter by the mail server of the settings, and the words of letters.

Letters are plain text in Vietnamese: every program shows them, and no program that looks for
forgeries finds a picture or a counted link in them.
"""

import base64
import smtplib
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import urlsplit

from bridge.db import utc_now
from bridge.errors import TaskFailed
from bridge.letters import WAITS, ReadyLetter, prepare_letter
from bridge.people import link_address
from bridge.settings import Settings
from bridge.tasks import TaskContext, TaskRun, end_attempt, finish_task, hold, put_off
from publish.dates import format_clock, format_date

_ANSWER_WITHIN_S = 20.0
# RFC 5321, section 4.2.1: whatever a server answers with 5 it will answer again.
_FOR_GOOD = range(500, 600)
_WELCOME = 235  # RFC 4954, section 6


class LetterNotSent(Exception):
    """`code` says why as `web.labels` knows it; `for_good`: another try changes nothing."""

    def __init__(self, code: str, detail: str, *, for_good: bool = False) -> None:
        super().__init__(detail)
        self.code = code
        self.for_good = for_good


def send_letter(context: TaskContext, run: TaskRun) -> None:
    """Send one letter. Failed: it waits longer each time, and is given up after the last wait.

    Run twice, or killed after sending: the letter comes twice, and only the link in the second
    holds. Without a mail server, as when the settings were changed meanwhile, it is given up.
    Raises TaskFailed `letters_off`, LeaseLost.
    """
    if not context.settings.sends_letters:
        raise TaskFailed("letters_off")
    with context.db.writing() as session:
        ready = prepare_letter(session, run)
        if ready is None:
            finish_task(session, run)
            return
    try:
        post_letter(context.settings, write_letter(ready, context.settings))
    except LetterNotSent as error:
        with context.db.writing() as session:
            if error.for_good or run.attempt >= run.max_attempts:
                end_attempt(session, run, code=error.code, detail=str(error), final=True)
            else:
                wait = WAITS[min(run.attempt, len(WAITS)) - 1]
                until = utc_now() + wait
                put_off(session, run, code=error.code, detail=str(error), until=until)
        return
    with context.db.writing() as session:
        hold(session, run)
        finish_task(session, run)


def write_letter(ready: ReadyLetter, settings: Settings) -> EmailMessage:
    """The letter as it goes out."""
    subject, text = _WORDS[ready.kind](ready, settings.effective_public_url)
    return _message(settings, ready.to_name, ready.to_address, subject, text)


def write_test_letter(settings: Settings, address: str) -> EmailMessage:
    """A letter that says that letters arrive."""
    text = (
        f"Thư này cho biết Loa ở {settings.effective_public_url} gửi được thư.\n\n"
        "Bạn không cần làm gì."
    )
    return _message(settings, "", address, "Thư thử của Loa", text)


def post_letter(settings: Settings, message: EmailMessage) -> None:
    """Hand a letter to the mail server of the settings. Raises LetterNotSent."""
    try:
        with _connected(settings) as server:
            if settings.smtp_user:
                _log_in(server, settings.smtp_user, settings.smtp_password)
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()), (0, b""))
        raise LetterNotSent(
            "letter_address_refused", _said(words), for_good=code in _FOR_GOOD
        ) from error
    except smtplib.SMTPNotSupportedError as error:  # no STARTTLS, no login, or no UTF-8 address
        raise LetterNotSent("letter_server_unfit", str(error)) from error
    except smtplib.SMTPAuthenticationError as error:
        raise LetterNotSent("letter_login_refused", _said(error.smtp_error)) from error
    except smtplib.SMTPResponseException as error:
        raise LetterNotSent("letter_refused", _said(error.smtp_error)) from error
    except ssl.SSLError as error:
        raise LetterNotSent("letter_not_secure", str(error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise LetterNotSent("letter_server_away", str(error)) from error


def _connected(settings: Settings) -> smtplib.SMTP:
    """Raises OSError, SMTPException."""
    host, port = settings.smtp_host, settings.effective_smtp_port
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(
            host, port, timeout=_ANSWER_WITHIN_S, context=ssl.create_default_context()
        )
    server = smtplib.SMTP(host, port, timeout=_ANSWER_WITHIN_S)
    if settings.smtp_security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _log_in(server: smtplib.SMTP, user: str, password: str) -> None:
    """Raises SMTPException. Python's own way knows ASCII alone; RFC 4616 says UTF-8."""
    try:
        server.login(user, password)
    except UnicodeEncodeError:
        said = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        code, answer = server.docmd("AUTH", f"PLAIN {said}")
        if code != _WELCOME:
            raise smtplib.SMTPAuthenticationError(code, answer) from None


def _message(
    settings: Settings, to_name: str, to_address: str, subject: str, text: str
) -> EmailMessage:
    """Raises LetterNotSent `letter_address_refused` for an address that is none."""
    message = EmailMessage()
    try:
        message["From"] = Address("Loa", addr_spec=settings.smtp_from)
        message["To"] = Address(to_name, addr_spec=to_address)
    except (ValueError, IndexError, MessageError) as error:
        raise LetterNotSent("letter_address_refused", str(error), for_good=True) from error
    message["Subject"] = subject
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=urlsplit(settings.effective_public_url).hostname)
    # Nobody's holiday answers, and no list: RFC 3834, section 5.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text + "\n")
    return message


def _invitation(ready: ReadyLetter, base: str) -> tuple[str, str]:
    units = ", ".join(ready.units) or "đơn vị"
    return f"Lời mời làm bản tin loa của {units}", "\n\n".join(
        (
            f"Chào {ready.to_name},",
            f"Bạn được mời vào làm bản tin loa của {units} bằng Loa.",
            f"Mở địa chỉ này để tự đặt mật khẩu. Địa chỉ dùng được một lần, trong "
            f"{ready.holds.days} ngày; nếu bạn nhận nhiều thư như thế này thì chỉ thư mới nhất "
            "dùng được:",
            link_address(base, ready.token),
            "Nếu không biết vì sao mình nhận thư này thì xin bỏ qua: chưa có mật khẩu thì không "
            "ai vào được.",
        )
    )


def _reset(ready: ReadyLetter, base: str) -> tuple[str, str]:
    return "Đặt lại mật khẩu Loa", "\n\n".join(
        (
            f"Chào {ready.to_name},",
            f"Có người xin đặt lại mật khẩu của {ready.to_address} trên Loa ở {base}.",
            f"Nếu đó là bạn, mở địa chỉ này để đặt mật khẩu mới. Địa chỉ dùng được một lần, trong "
            f"{round(ready.holds.total_seconds() / 3600)} giờ; nếu bạn nhận nhiều thư như thế này "
            "thì chỉ thư mới nhất dùng được:",
            link_address(base, ready.token),
            "Nếu không phải bạn thì xin bỏ qua thư này: mật khẩu đang dùng vẫn như cũ.",
        )
    )


def _new_login(ready: ReadyLetter, base: str) -> tuple[str, str]:
    at = ready.happened_at or utc_now()
    moment = f"{format_clock(at, ready.time_zone)} ngày {format_date(at, ready.time_zone)}"
    return "Tài khoản Loa của bạn vừa đăng nhập ở nơi mới", "\n\n".join(
        (
            f"Chào {ready.to_name},",
            f"Lúc {moment}, tài khoản {ready.to_address} đăng nhập vào Loa ở {base} từ một nơi "
            f"chưa thấy trước đây: địa chỉ mạng {ready.address}.",
            "Nếu đó là bạn thì không phải làm gì.",
            "Nếu không phải, hãy mở trang Tài khoản, đăng xuất nơi lạ rồi đổi mật khẩu ngay, và "
            "báo người quản trị của đơn vị:",
            f"{base}/lam-viec/tai-khoan",
        )
    )


_WORDS = {"invitation": _invitation, "reset": _reset, "new_login": _new_login}


def _said(answer: bytes | str) -> str:
    """What a server says, which may be anything, as one line."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:500]
