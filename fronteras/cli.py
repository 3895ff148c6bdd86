"""The command ``fronteras``: what an instructor does that is not done in the browser."""

from __future__ import annotations

import errno
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from fronteras import cli_people, creation, passwords, people, roster, running
from fronteras.cli_people import put, show, wide_console
from fronteras.cohort import Cohort, ServerSettings, load
from fronteras.places import DEMO, SITE
from fronteras.roster import Person
from fronteras.settings import CohortError
from grading.cases import lab_ids

# What needs nbgrader or MkDocs is imported by the commands that use it: the rest stays quick.


CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Commands(click.Group):
    """A group that words our own errors and the machine's as one message, exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except CohortError as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:
            raise
        except OSError as error:
            raise click.ClickException(_machine(error)) from error


def _machine(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    mends = {
        errno.ENOSPC: " Make room on the disk; what was stored before is untouched.",
        errno.EDQUOT: " Make room in your quota; what was stored before is untouched.",
        errno.EACCES: " Run this as the user who owns the cohort.",
        errno.EROFS: " The disk is mounted read-only.",
    }
    return f"{place}{error.strerror or error}.{mends.get(error.errno or 0, '')}"


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--cohort",
    "directory",
    type=click.Path(path_type=Path),
    default=DEMO,
    envvar="FRONTERAS_COHORT",
    help="The cohort's directory; else $FRONTERAS_COHORT, else var/demo.",
)
@click.version_option(package_name="fronteras")
@click.pass_context
def main(ctx: click.Context, directory: Path) -> None:
    """Fronteras: a training workshop platform for cybercrime investigators."""
    ctx.obj = directory.expanduser().absolute()


for _command in (
    cli_people.person,
    cli_people.roster_group,
    cli_people.password_group,
    cli_people.extend,
    cli_people.delete_person,
):
    main.add_command(_command)


@main.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--title", default="Workshop", show_default=True)
@click.option("--instructor", default="instructor", show_default=True, help="Their user name.")
@click.option("--name", default="Instructor", show_default=True, help="Their name.")
def init(directory: Path, title: str, instructor: str, name: str) -> None:
    """Make a cohort in a new DIRECTORY, with one instructor."""
    person = Person(instructor, name)
    trouble = roster.problem(person)
    if trouble:
        raise CohortError(f"{trouble}.")
    password = passwords.readable()
    plan = creation.fresh(directory.absolute(), person, title, lab_ids())
    cohort = creation.create(directory, plan, {instructor: passwords.hash_password(password)})
    click.echo(f"Made the cohort {cohort.id} in {cohort.directory}")
    click.echo(f"Instructor {instructor}, password: {password}")
    click.echo(
        f"Next: set dates and labs in {cohort.directory / 'cohort.toml'}, then\n"
        f"  fronteras --cohort {cohort.directory} roster import FILE.csv\n"
        f"  fronteras --cohort {cohort.directory} serve"
    )


@main.group("grades")
def grades_group() -> None:
    """Results."""


@grades_group.command("export")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A file; else the screen.")
@click.pass_obj
def grades_export(directory: Path, output: Path | None) -> None:
    """Write the results as CSV: a row for each person and lab."""
    from fronteras import grades

    put(grades.as_csv(grades.rows(load(directory))), output)


@main.group("feedback")
def feedback_group() -> None:
    """Feedback with the instructor's points and comments."""


@feedback_group.command("release")
@click.argument("lab")
@click.argument("usernames", nargs=-1)
@click.pass_obj
def feedback_release(directory: Path, lab: str, usernames: tuple[str, ...]) -> None:
    """Let USERNAMES, or all who submitted a LAB, see their feedback."""
    from fronteras.feedback import release_feedback

    cohort = load(directory)
    for username in usernames:
        people.known(cohort, username)
    done = release_feedback(cohort, lab, usernames or None)
    click.echo(f"Released the feedback of {lab} to: {', '.join(done) or 'nobody yet'}")


@main.command()
@click.argument("labs", nargs=-1)
@click.pass_obj
def release(directory: Path, labs: tuple[str, ...]) -> None:
    """Release LABS, or all labs of the cohort, to the participants."""
    import dataclasses

    from fronteras.release import release as release_labs

    cohort = load(directory)
    chosen = tuple(cohort.lab(lab_id) for lab_id in labs) or cohort.labs
    release_labs(dataclasses.replace(cohort, labs=chosen))
    click.echo(f"Released: {', '.join(lab.id for lab in chosen) or 'no labs'}")


@main.command()
@click.pass_obj
def status(directory: Path) -> None:
    """Say what the cohort is, whether it is served, and how far it has come."""
    cohort = load(directory)
    server = running.server(cohort.directory)
    click.echo(f"{cohort.title} ({cohort.id}), {cohort.starts} to {cohort.ends}")
    click.echo(f"{len(cohort.participants())} participants, directory {cohort.directory}")
    click.echo(f"Served at {server.address}" if server and server.address else "Not served now")
    table = Table("Lab", "Opens (UTC)", "Due (UTC)", "People who submitted", "Attempts")
    for lab in cohort.labs:
        tried = sorted((cohort.attempts / lab.id).glob("*/*/receipt.json"))
        submitters = {receipt.parts[-3] for receipt in tried}
        table.add_row(
            lab.id, _time(lab.opens), _time(lab.due), str(len(submitters)), str(len(tried))
        )
    show(table)


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" if moment else "-"


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(directory: Path, file: Path) -> None:
    """Write the whole cohort into a new FILE (.tar.gz); the server may run meanwhile."""
    from fronteras.backup import backup as make

    entries = make(directory, file)
    size = sum(entry.size for entry in entries) / 2**20
    click.echo(
        f"{len(entries)} files, {size:.1f} MiB, are in {file}. It holds all secrets: lock it"
    )


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("directory", type=click.Path(path_type=Path))
def restore(file: Path, directory: Path) -> None:
    """Unpack a backup FILE into a new DIRECTORY, once all its checksums are right."""
    from fronteras.backup import restore as unpack

    cohort = unpack(file, directory)
    click.echo(f"Restored {cohort.id} into {cohort.directory}. Serve it:")
    click.echo(f"  fronteras --cohort {cohort.directory} serve")


@main.command()
@click.pass_obj
def doctor(directory: Path) -> None:
    """Check what this machine needs to serve the cohort."""
    from fronteras import doctor as checks

    server = load(directory).server if (directory / "cohort.toml").exists() else ServerSettings()
    if not checks.report(checks.examine(directory, server), click.echo):
        sys.exit(1)


@main.command()
def site() -> None:
    """Build the course site into build/site, if anything has changed."""
    from fronteras.site import SiteError, build

    try:
        built = build(SITE)
    except SiteError as error:
        raise CohortError(f"the course site could not be built: {error}") from error
    click.echo(f"{'Built' if built else 'Nothing has changed in'} {SITE}")


@main.command()
@click.option("--address", help="Listen here instead of where cohort.toml says.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Listen here instead.")
@click.pass_obj
def serve(directory: Path, address: str | None, port: int | None) -> None:
    """Serve the cohort until Ctrl-C; makes the demo cohort if there is none."""
    from fronteras.address import with_place
    from fronteras.serve import serve as run

    console = wide_console()
    run(with_place(_cohort_to_serve(directory, console), address, port), console)


def _cohort_to_serve(directory: Path, console: Console) -> Cohort:
    if directory == DEMO and not directory.exists():
        from fronteras.demo import create_demo

        console.print(f"• Making a demo cohort in {os.path.relpath(directory)}")
        return create_demo(directory, datetime.now(UTC))
    return load(directory)


if __name__ == "__main__":
    main()
