"""nineplus owner create: an owner account without the browser, or a further one."""

from __future__ import annotations

import sys

import typer

_HELP = """Make an owner account.

The first visit in the browser does this too. Use the command when there is no browser at hand, or to get back in.

Examples:

  nineplus owner create ada@example.org                        asks for the password

  echo "$PASSWORD" | nineplus owner create ada@example.org --name Ada --password-stdin
"""


def register(app: typer.Typer) -> None:
    owner = typer.Typer(help="Owner accounts.", no_args_is_help=True)
    owner.command("create", help=_HELP)(create)
    app.add_typer(owner, name="owner")


def create(
    email: str = typer.Argument(help="Their e-mail address, with which they log in."),
    name: str = typer.Option("", help="Their name."),
    company: str = typer.Option("", help="The company's name, for the first owner."),
    password_stdin: bool = typer.Option(False, "--password-stdin", help="Read the password from standard input."),
) -> None:
    from django.utils import timezone

    from nineplus.cli import use_store

    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    use_store()
    from nineplus.stages.errors import NotPossible
    from nineplus.stages.govern import people

    try:
        user = people.create_owner(
            email=email, password=password, name=name, company=company, now=timezone.now(), further=True
        )
    except NotPossible as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{user.email} is an owner.")
