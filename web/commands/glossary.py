"""`loa glossary`: a unit's own names from the command line."""

import sys

import click

from bridge.glossary import add_term, add_terms, find_term, list_terms
from bridge.glossary_removal import remove_term
from bridge.models import TERM_KINDS as KINDS
from transcribe.learning import candidates_of_unit
from web.commands.options import choose_unit, print_json, with_services
from web.labels import TERM_KINDS, describe_error, say
from web.services import Services

unit_option = click.option("--unit", "slug", help="Đơn vị; bỏ trống nếu chỉ có một.")
json_option = click.option("--json", "as_json", is_flag=True, help="Mỗi tên một dòng JSON.")
kind_option = click.option(
    "--kind", type=click.Choice(KINDS), default="other", show_default=True, help="Loại tên."
)


@click.group(short_help="Từ điển tên riêng của đơn vị.")
def glossary() -> None:
    """Từ điển tên riêng của đơn vị: tên người, địa danh, cơ quan hay bị nghe sai."""


@glossary.command("list", short_help="Liệt kê tên.")
@unit_option
@json_option
@with_services
def list_names(services: Services, slug: str | None, as_json: bool) -> None:
    """Liệt kê tên, tên được dùng nhiều nhất trước."""
    with services.db.reading() as session:
        terms = list_terms(session, choose_unit(session, slug).id)
    for term in terms:
        if as_json:
            print_json({"text": term.text, "kind": term.kind, "accepted": term.accepted})
        else:
            click.echo(f"{term.text}\t{say(TERM_KINDS[term.kind])}\t{term.accepted}")
    if not terms and not as_json:
        click.echo("Chưa có tên nào. Thêm bằng 'loa glossary add'.", err=True)


@glossary.command(short_help="Thêm tên.")
@click.argument("names", metavar="TÊN...", nargs=-1)
@unit_option
@kind_option
@with_services
def add(services: Services, names: tuple[str, ...], slug: str | None, kind: str) -> None:
    """Thêm các tên; không nêu tên nào thì đọc từ stdin, mỗi dòng một tên.

    Tên đã có thì bỏ qua. Thoát với mã 1 khi có dòng không thêm được.
    """
    lines = names or sys.stdin.read().splitlines()
    with services.db.writing() as session:
        unit = choose_unit(session, slug)
        outcomes = add_terms(session, unit_id=unit.id, lines=lines, kind=kind)
    refused = False
    for outcome in outcomes:
        if outcome.problem is None:
            click.echo(f"Đã thêm {outcome.text}.")
            continue
        refused = refused or outcome.problem.code != "term_exists"
        click.echo(f"{outcome.text}: {describe_error(outcome.problem)}", err=True)
    if refused:
        sys.exit(1)


@glossary.command(short_help="Bỏ một tên.")
@click.argument("name", metavar="TÊN")
@unit_option
@with_services
def remove(services: Services, name: str, slug: str | None) -> None:
    """Bỏ một tên khỏi từ điển; chữ trong các bản tin vẫn giữ nguyên."""
    with services.db.writing() as session:
        unit = choose_unit(session, slug)
        removed = remove_term(session, term_id=find_term(session, unit.id, name).id)
    click.echo(f"Đã bỏ {removed.text}.")


@glossary.command(short_help="Xem tên mà ban biên tập hay sửa.")
@click.option("--add", "chosen", metavar="TÊN", help="Thêm tên này vào từ điển.")
@unit_option
@json_option
@with_services
def learn(services: Services, chosen: str | None, slug: str | None, as_json: bool) -> None:
    """Liệt kê tên mà ban biên tập nhiều lần sửa thành. Không tên nào tự vào từ điển."""
    with services.db.reading() as session:
        unit = choose_unit(session, slug)
        candidates = candidates_of_unit(session, unit.id)
    if chosen is not None:
        kinds = {candidate.text: candidate.kind for candidate in candidates}
        with services.db.writing() as session:
            term = add_term(session, unit_id=unit.id, text=chosen, kind=kinds.get(chosen, "other"))
        click.echo(f"Đã thêm {term.text}.")
        return
    for candidate in candidates:
        if as_json:
            print_json(
                {
                    "text": candidate.text,
                    "kind": candidate.kind,
                    "times": candidate.times,
                    "heard": list(candidate.heard),
                }
            )
        else:
            heard = ", ".join(candidate.heard)
            click.echo(f"{candidate.text}\t{candidate.times} lần\tmáy nghe là: {heard}")
    if not candidates and not as_json:
        click.echo("Chưa có tên nào được sửa từ ba lần trở lên.", err=True)
