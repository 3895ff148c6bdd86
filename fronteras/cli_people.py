"""The commands about people: ``fronteras person``, ``roster``, ``password`` and what is theirs."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from fronteras import atomic, people, roster
from fronteras.cohort import load
from fronteras.roster import Person
from fronteras.settings import CohortError


def put(text: str, output: Path | None, mode: int = 0o644) -> None:
    """Print a text, or write it into a file."""
    if output is None:
        click.echo(text, nl=False)
    else:
        atomic.write(output.expanduser().absolute(), text.encode(), mode)


def wide_console() -> Console:
    """Return standard output; where it is no terminal, nothing is cut to a terminal's width."""
    console = Console()
    if not console.is_terminal:
        console.width = 160
    return console


def show(table: Table) -> None:
    """Print a table."""
    wide_console().print(table)


@click.group()
def person() -> None:
    """The people of the cohort, one by one."""


@person.command("add")
@click.argument("username")
@click.option("--name", required=True)
@click.option("--state", default="", help="The State that sends them.")
@click.option("--role", default="", help="Judge, prosecutor, police, examiner, contact point.")
@click.option("--team", default="")
@click.option("--language", default="", help="Two letters: en, es, fr, pt.")
@click.option("--email", default="")
@click.pass_obj
def person_add(directory: Path, /, username: str, **fields: str) -> None:
    """Add somebody and print their password."""
    if load(directory).person(username) is not None:
        raise CohortError(
            f"{username} is in the roster already. Change the row in {directory / 'roster.csv'}, "
            f"or give a new password: fronteras password reset {username}"
        )
    made = people.add(directory, [Person(username, **fields)])
    click.echo(f"Added {username}, password: {made[username]}")


@person.command("remove")
@click.argument("username")
@click.pass_obj
def person_remove(directory: Path, username: str) -> None:
    """Take somebody off the roster; their work is kept."""
    gone = people.remove(directory, username)
    click.echo(
        f"{gone.name} cannot sign in any more. Their work is kept; to delete it, add them again "
        f"and use: fronteras delete-person {username}"
    )


@person.command("list")
@click.pass_obj
def person_list(directory: Path) -> None:
    """List the cohort's people."""
    cohort = load(directory)
    table = Table("User name", "Name", "State", "Role", "Team", "Language")
    for row in cohort.roster:
        role = "instructor" if cohort.is_instructor(row.username) else row.role
        table.add_row(row.username, row.name, row.state, role, row.team, row.language)
    show(table)


@click.group("roster")
def roster_group() -> None:
    """The people of the cohort, all at once."""


@roster_group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write the new passwords into this CSV file instead of printing them.",
)
@click.pass_obj
def roster_import(directory: Path, file: Path, output: Path | None) -> None:
    """Add the people of a CSV FILE, or update their rows; nobody is removed.

    Its columns: username,name,state,role,team,language,email. Only the first two are required.
    """
    found = roster.read(file)
    if output is not None:
        put("", output, mode=0o600)  # find out before there are passwords to lose
    made = people.add(directory, found)
    click.echo(f"{len(found)} people read, {len(made)} of them new to this cohort", err=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("username", "name", "password"))
    writer.writerows(
        (row.username, row.name, made[row.username]) for row in found if row.username in made
    )
    put(text.getvalue(), output, mode=0o600)


@click.group("password")
def password_group() -> None:
    """Passwords."""


@password_group.command("reset")
@click.argument("username")
@click.pass_obj
def password_reset(directory: Path, username: str) -> None:
    """Give somebody a new password and print it."""
    click.echo(f"New password of {username}: {people.reset_password(directory, username)}")


@click.command()
@click.argument("username")
@click.argument("lab")
@click.argument("time")
@click.pass_obj
def extend(directory: Path, username: str, lab: str, time: str) -> None:
    """Let one person submit a LAB until TIME, such as 2026-12-01T18:00:00-05:00."""
    try:
        due = roster.moment(time)
    except ValueError as error:
        raise click.UsageError(f"TIME {error}") from error
    people.extend(directory, username, lab, due)
    click.echo(f"{username} may submit {lab} until {due:%Y-%m-%d %H:%M} UTC")


@click.command("delete-person")
@click.argument("username")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete_person(directory: Path, username: str, yes: bool) -> None:
    """Delete all that is held about somebody: work, results, sign-in. Backups are not touched."""
    from fronteras.erasure import erase

    person = people.removable(load(directory), username)
    if not yes:
        click.confirm(f"Delete all work and results of {person.name} for good?", abort=True)
    for line in erase(directory, username):
        click.echo(f"Deleted {line}")
