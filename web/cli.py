"""`loa`: the command line. Errors are one clear line on stderr; success alone exits with 0."""

import gettext
import os
import sys
from pathlib import Path

import click
from sqlalchemy.exc import OperationalError

from bridge.errors import BridgeError
from web.commands import (
    announcement,
    backup,
    care,
    demo,
    evaluate,
    files,
    glossary,
    housekeeping,
    model,
    people,
    record,
    serve,
    sources,
    watch,
)
from web.labels import describe_code, describe_error

COMMANDS = (
    demo.demo,
    serve.up,
    serve.web,
    serve.worker,
    files.transcribe,
    files.ingest,
    watch.watch,
    record.record,
    sources.source,
    sources.schedule,
    evaluate.evaluate,
    model.model,
    announcement.announcement,
    glossary.glossary,
    people.unit,
    people.user,
    care.site,
    care.doctor,
    housekeeping.sweep,
    housekeeping.retention,
    housekeeping.sound,
    backup.backup,
    backup.restore,
    care.db,
    care.audit,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="loa", message="loa %(version)s")
def cli() -> None:
    """Loa: đưa lời loa truyền thanh của xã, phường lên trang tin, có chữ và có tiếng."""


for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Entry of the console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    speak_vietnamese()
    try:
        status = cli.main(args=arguments, prog_name="loa", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Đã dừng.", err=True)
        return 130
    except BridgeError as error:
        click.echo(f"Lỗi: {describe_error(error)}", err=True)
        return 1
    except OperationalError as error:
        reason = str(error.orig).strip().partition("\n")[0]  # drivers explain over many lines
        click.echo(f"Lỗi: {describe_code('database_unreachable')} ({reason})", err=True)
        return 1
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong, and nothing more can
        # be written, so the interpreter's own flush at exit must not try.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        data = {"path": error.filename or "?", "detail": error.strerror or str(error)}
        click.echo(f"Lỗi: {describe_code('file_unusable', data)}", err=True)
        return 1
    return status if isinstance(status, int) else 0


def speak_vietnamese() -> None:
    """Let click say its own words ("Usage", "Options", errors) in Vietnamese too.

    Click asks Python's gettext, which takes the language from the environment.
    """
    os.environ["LANGUAGE"] = "vi"
    gettext.bindtextdomain("click", str(Path(__file__).parent / "commands" / "translations"))
    gettext.textdomain("click")


if __name__ == "__main__":
    main()
