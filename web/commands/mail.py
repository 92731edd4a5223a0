"""`loa mail`: whether letters arrive."""

import click

from bridge.errors import InvalidInput
from bridge.settings import Settings
from publish.letters import LetterNotSent, post_letter, write_test_letter
from web.commands.options import with_settings
from web.labels import describe_failure


@click.command(short_help="Gửi một thư thử.")
@click.argument("address")
@with_settings
def mail(settings: Settings, address: str) -> int:
    """Gửi một thư thử tới ADDRESS bằng máy chủ thư trong cài đặt, và nói máy chủ trả lời gì."""
    if not settings.sends_letters:
        raise InvalidInput("letters_off")
    try:
        post_letter(settings, write_test_letter(settings, address))
    except LetterNotSent as error:
        click.echo(f"Lỗi: {describe_failure(error.code)} ({error})", err=True)
        return 1
    click.echo(f"Máy chủ {settings.smtp_host} đã nhận thư gửi {address}.")
    return 0
