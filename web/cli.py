"""`loa`: the command line. Errors are one clear line on stderr; success alone exits with 0."""

import gettext
import importlib
import os
import sys
from pathlib import Path
from typing import cast

import click
from sqlalchemy.exc import OperationalError

from bridge.errors import BridgeError
from web.labels import describe_code, describe_error

# Where each command is. A module is loaded only when its command is called or listed: with all of
# them a process takes a second longer to begin, and a worker that died is waited for.
COMMANDS = {
    "demo": "demo",
    "up": "serve",
    "web": "serve",
    "worker": "serve",
    "transcribe": "files",
    "ingest": "files",
    "watch": "watch",
    "record": "record",
    "source": "sources",
    "schedule": "sources",
    "evaluate": "evaluate",
    "model": "model",
    "announcement": "announcement",
    "glossary": "glossary",
    "token": "tokens",
    "unit": "people",
    "place-name": "place_names",
    "search": "search",
    "user": "people",
    "person": "person",
    "mail": "mail",
    "keys": "keys",
    "site": "care",
    "doctor": "care",
    "sweep": "housekeeping",
    "retention": "housekeeping",
    "sound": "housekeeping",
    "backup": "backup",
    "restore": "backup",
    "db": "care",
    "audit": "care",
}


class Commands(click.Group):
    """The commands of `COMMANDS`, each named as in its module of `web.commands`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"web.commands.{COMMANDS[cmd_name]}")
        return cast(click.Command, getattr(module, cmd_name.replace("-", "_")))


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="loa", message="loa %(version)s", help="Hiện phiên bản.")
def cli() -> None:
    """Loa: đưa lời loa truyền thanh của xã, phường lên trang tin, có chữ và có tiếng."""


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
