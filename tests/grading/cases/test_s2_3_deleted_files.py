"""Lab 2.3: independent tools agree with its facts, and mistakes are named."""

import ast
import io
import re
import subprocess
import zipfile
import zlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grading.cases import lab
from grading.cases.s2_3_deleted_files import Facts, build, first_byte_of
from grading.fatimage import CLUSTER
from grading.model import Case
from labs.fat import Entry, Volume
from labs.plain import plain

LAB = lab("s2-3-deleted-files")
SEEDS = (3, 14, 159, 2**63)
KINDS = {"zip": "Zip archive", "pdf": "PDF document", "png": "PNG image", "gif": "GIF image"}


def tool(*command: object, zone: str = "UTC") -> bytes:
    return subprocess.run(
        [str(word) for word in command], capture_output=True, check=True, env={"TZ": zone}
    ).stdout


@pytest.fixture(scope="module", params=SEEDS)
def case(request: pytest.FixtureRequest) -> Case[Facts]:
    return build(request.param)


@pytest.fixture(scope="module")
def facts(case: Case[Facts]) -> Facts:
    return case.facts


@pytest.fixture(scope="module")
def disk(case: Case[Facts], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stick") / "usb.img"
    path.write_bytes(case.files["evidence/usb.img"])
    return path


def listing(disk: Path) -> dict[str, tuple[bool, str]]:
    """Return what fls lists: name to whether it is deleted, and its number."""
    text = tool("/usr/bin/fls", "-rp", "-f", "fat16", disk).decode()
    found = re.findall(r"^r/r (\* )?(\d+):\s+(?:[^/\n]*/)?([^/\n]+)$", text, flags=re.MULTILINE)
    return {name: (bool(star), number) for star, number, name in found if "(Volume" not in name}


def as_listed(name: str) -> str:
    return name if " " in name else f"_{name[1:]}"


def test_fsck_finds_the_stick_clean_and_laid_out_as_the_facts_say(disk: Path, facts: Facts) -> None:
    report = tool("/usr/sbin/fsck.fat", "-nv", disk).decode()
    assert f"Data area starts at byte {facts.data_offset} " in report
    assert f"{CLUSTER} bytes per cluster" in report
    assert not re.search(r"differ|error|bad|invalid|reclaim", report, flags=re.IGNORECASE)
    serial = f"{facts.serial:08X}"
    assert f"{serial[:4]}-{serial[4:]}" in tool("/usr/bin/mdir", "-i", disk, "::").decode()


def test_sleuthkit_recovers_the_archive(disk: Path, facts: Facts) -> None:
    deleted, number = listing(disk)[as_listed(facts.archive_name)]
    assert deleted
    content = tool("/usr/bin/icat", "-f", "fat16", disk, number)
    assert len(content) == facts.size
    assert tool("/usr/bin/sha256sum", disk).decode().startswith(facts.image_sha256)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        page = archive.read("invoice.html").decode()
    assert re.findall(r'<a href="https://([^/"]+)', page) == [facts.pay_host]
    whole = next(iter(facts.recovered_mistakes))
    with_slack = tool("/usr/bin/icat", "-s", "-f", "fat16", disk, number)
    if len(with_slack) == -(-facts.size // CLUSTER) * CLUSTER:
        assert LAB.questions["recovered_sha256"].mark(whole, facts).feedback.count("slack")


def test_sleuthkit_reads_the_archives_time_in_its_zone(disk: Path, facts: Facts) -> None:
    _, number = listing(disk)[as_listed(facts.archive_name)]
    local = datetime.fromisoformat(facts.modified_utc) - timedelta(hours=6)
    report = tool("/usr/bin/istat", "-f", "fat16", disk, number, zone="UTC").decode()
    assert f"Written:\t{local:%Y-%m-%d %H:%M:%S} (UTC)" in report
    assert str(first_byte_of(facts) // 512) in report


def test_sleuthkit_lists_the_same_deleted_files(disk: Path, facts: Facts) -> None:
    deleted = {name for name, (gone, _) in listing(disk).items() if gone}
    assert deleted == {as_listed(name) for name in facts.fates}


def test_slack_holds_the_note_and_no_file_does(disk: Path, facts: Facts) -> None:
    _, number = listing(disk)[facts.slack_file]
    address = facts.slack_address.encode()
    assert address not in tool("/usr/bin/icat", "-f", "fat16", disk, number)
    assert address in tool("/usr/bin/icat", "-s", "-f", "fat16", disk, number)
    assert disk.read_bytes().count(address) == 1
    assert address in tool("/usr/bin/blkls", "-s", "-f", "fat16", disk)


def test_one_picture_is_of_another_type(disk: Path, facts: Facts, tmp_path: Path) -> None:
    pictures = [name for name in facts.live_files if name.endswith(".JPG")]
    assert len(pictures) >= 5
    for name in pictures:
        copy = tmp_path / name
        copy.write_bytes(tool("/usr/bin/icat", "-f", "fat16", disk, listing(disk)[name][1]))
        kind = tool("/usr/bin/file", "-b", copy).decode()
        assert kind.startswith(KINDS[facts.true_type] if name == facts.disguised else "JPEG image")


def test_a_disguised_picture_is_whole(facts: Facts, disk: Path) -> None:
    volume = Volume(disk.read_bytes())
    entry = next(one for one in volume.walk() if one.name == facts.disguised)
    data = volume.read(entry)
    if facts.true_type == "png":
        size = int.from_bytes(data[33:37], "big")
        assert zlib.decompress(data[41 : 41 + size])
    elif facts.true_type == "zip":
        assert b"@apps.example" in zipfile.ZipFile(io.BytesIO(data)).read("targets.csv")
    elif facts.true_type == "pdf":
        table = int(data.rsplit(b"startxref\n", 1)[1].split()[0])
        assert data[table:].startswith(b"xref")
    else:
        assert data.endswith(b"\0;")


def test_fates_follow_from_the_image_alone() -> None:
    for seed in range(30):
        one = build(seed)
        volume = Volume(one.files["evidence/usb.img"])
        gone = [entry for entry in volume.walk() if entry.deleted]
        found = {entry.name: fate(volume, entry, gone) for entry in gone}
        expected = {
            name if " " in name else f"?{name[1:]}": fate for name, fate in one.facts.fates.items()
        }
        assert found == expected, seed


def fate(volume: Volume, entry: Entry, gone: list[Entry]) -> str:
    """Judge as a participant can: clusters in use, else a later file over the same clusters."""
    clusters = volume.clusters_of(entry)
    used = sum(bool(volume.fat[cluster]) for cluster in clusters)
    assert entry.created
    later = [
        other
        for other in gone
        if other is not entry
        and other.first_cluster == entry.first_cluster
        and other.created
        and other.created > entry.created
    ]
    if used == len(clusters) or later:
        return "lost"
    return "part" if used else "whole"


def test_difficulty_does_not_change_with_the_seed() -> None:
    for seed in range(30):
        facts = build(seed).facts
        assert sorted(facts.fates.values()) == ["lost", "lost", "part", "part", "whole", "whole"]
        assert 0 < facts.size % CLUSTER < 900
        assert facts.files >= 3
        assert facts.deleted >= 2
        assert datetime.fromisoformat(facts.modified_utc).hour < 6  # the date changes with the zone
        assert facts.start_cluster > 0xFF  # two bytes matter


def test_the_note_gives_the_hashes_of_two_sticks(facts: Facts, case: Case[Facts]) -> None:
    note = case.files["evidence/acquisition.txt"].decode()
    assert facts.image_sha256 in note
    assert facts.other_sha256 in note
    assert note.count("SHA-256  ") == note.count("MD5  ") == 2
    assert "UTC-06:00" in note
    assert max(map(len, note.splitlines())) <= 110


CLASSIC = {
    "image_sha256": (lambda f: f.other_sha256, "other stick"),
    "start_cluster": (lambda f: f.start_cluster - 2, "from 2"),
    "size_bytes": (lambda f: -(-f.size // CLUSTER) * CLUSTER, "space it takes"),
    "first_byte": (lambda f: f.data_offset + f.start_cluster * CLUSTER, "take 2 away"),
    "recovered_sha256": (lambda f: next(iter(f.recovered_mistakes)), "slack"),
    "pay_host": (lambda f: "apps.example", "href"),
    "modified_utc": (lambda f: local_as_utc(f), "local time for UTC"),
    "disguised": (lambda f: {"name": f.disguised, "type": "jpeg"}, "extension"),
    "slack_note": (lambda f: {"file": f.slack_file, "address": f.other_addresses[0]}, "ordinary"),
    "fates": (lambda f: {**f.fates, f.overwritten_by_deleted: "whole"}, "deleted too"),
    "folder_count": (
        lambda f: {"files": f.slots - f.deleted_slots, "deleted": f.deleted_slots},
        "long name",
    ),
    "volume": (
        lambda f: {
            "bytes_per_cluster": 1024,
            "data_area_at": f.data_offset // 512,
            "serial": "00000000",
        },
        "sectors",
    ),
}  # fmt: skip


def local_as_utc(facts: Facts) -> str:
    return (datetime.fromisoformat(facts.modified_utc) - timedelta(hours=6)).isoformat()


@pytest.mark.parametrize("question", CLASSIC)
def test_the_classic_mistake_is_named(question: str, facts: Facts) -> None:
    answer, words = CLASSIC[question]
    value: Any = plain(answer(facts))
    mark = LAB.questions[question].mark(value, facts)
    assert mark.points <= LAB.questions[question].points / 2
    assert words in mark.feedback


def test_a_number_may_be_hexadecimal_but_says_so(facts: Facts) -> None:
    question = LAB.questions["start_cluster"]
    assert question.mark(f"0x{facts.start_cluster:04X}", facts).points == 2
    assert question.mark(f"{facts.start_cluster:x}h", facts).points == 0


@pytest.mark.parametrize("zone", ["-06:00", "-05:00", "+00:00", "+13:00"])
def test_a_time_counts_in_any_zone(facts: Facts, zone: str) -> None:
    right = datetime.fromisoformat(facts.modified_utc)
    there = right.astimezone(datetime.fromisoformat(f"2026-01-01T00:00:00{zone}").tzinfo)
    assert LAB.questions["modified_utc"].mark(there.isoformat(), facts).points == 3


def test_a_day_that_is_none_breaks_nothing(facts: Facts) -> None:
    mark = LAB.questions["modified_utc"].mark("2026-02-31T10:00:00Z", facts)
    assert (mark.points, mark.feedback) == (0, "There is no such day in the calendar.")


def test_a_lost_first_letter_may_be_anything(facts: Facts) -> None:
    answer = {f"X{name[1:]}": fate for name, fate in facts.fates.items()}
    assert LAB.questions["fates"].mark(plain(answer), facts).points == 4


# The notebook, worked through as a participant does


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the check cells say."""
    sentences: list[str] = []

    def display(bundle: dict[str, str], *, raw: bool) -> None:
        sentences.append(bundle["text/plain"])

    monkeypatch.setattr("IPython.display.display", display)
    return sentences


def worked(case: Case[Facts], folder: Path, changes: dict[str, str]) -> dict[str, Any]:
    """Run the notebook's code cells with some of them filled in; return what each shows."""
    for name, content in LAB.files(case).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    source = Path(__file__).parents[3] / "exercises" / LAB.id / f"{LAB.id}.ipynb"
    shown: dict[str, Any] = {}
    names: dict[str, Any] = {}
    for cell in nbformat.read(source, as_version=4).cells:
        if cell.cell_type == "code":
            tree = ast.parse(changes.get(cell.id, cell.source))
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, cell.id, "exec"), names)
            if isinstance(last, ast.Expr):
                shown[cell.id] = eval(compile(ast.Expression(last.value), cell.id, "eval"), names)
    return shown


def test_a_fresh_notebook_runs_from_top_to_bottom(
    case: Case[Facts], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = worked(case, tmp_path, {})
    assert shown["open"] == case.facts.image_sha256
    assert len(said) == len(LAB.questions)
    assert not any("The form is right" in sentence for sentence in said)
    assert "no whole ZIP" in repr(shown["archive"])


def test_the_notebooks_tools_lead_to_the_answers(
    case: Case[Facts], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    facts = case.facts
    place = first_byte_of(facts)
    stick = Volume(case.files["evidence/usb.img"])
    entries = {entry.name: entry for entry in stick.walk()}
    changes = {
        "folder": f'show_folder(stick, "{entries["?" + facts.archive_name[1:]].folder}")',
        "recover": f"recovered = stick.recover({facts.start_cluster}, {facts.size})",
        "first-byte-try": f"show_bytes(stick.image, {place}, 64)",
        "heads": f'show_first_bytes(stick, "{entries[facts.disguised].folder}")',
        "last-cluster": f'show_last_cluster(stick, stick.find("{entries[facts.slack_file].path}"))',
    }
    models = {key: one.model for key, one in LAB.samples(facts).items()}
    changes |= {f"{key}-answer": f"{key} = {model!r}" for key, model in models.items()}
    shown = worked(case, tmp_path, changes)
    kinds = [row[3] for row in shown["folder"].rows]
    assert (kinds.count("file"), kinds.count("file, deleted")) == (facts.files, facts.deleted)
    assert shown["first-byte-try"].rows[0][2].startswith("50 4b 03 04")
    assert shown["archive-hash"] == facts.recovered_sha256
    assert repr(shown["archive"]).count("the check value fits") == 3
    assert facts.pay_host in repr(shown["page"])
    assert facts.slack_address in repr(shown["search"])
    assert all("The form is right" in sentence for sentence in said)
    assert len(said) == len(LAB.questions)
