"""Right and wrong answers about Ivo Marran's stick, the classic mistake first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from grading.fatimage import CLUSTER, SECTOR
from grading.marran_case import Facts
from grading.marran_stick import LOST, PART, WHOLE
from grading.model import Samples


def samples(facts: Facts) -> dict[str, Samples]:
    """Return a model answer, other right forms and plausible mistakes for each question."""
    return {
        "image_sha256": _hash(facts.image_sha256, [facts.other_sha256, facts.recovered_sha256]),
        "volume": _volume(facts),
        "folder_count": _folder_count(facts),
        "start_cluster": _start_cluster(facts),
        "size_bytes": _size(facts),
        "first_byte": _first_byte(facts),
        "recovered_sha256": _hash(facts.recovered_sha256, list(facts.recovered_mistakes)),
        "pay_host": _pay_host(facts),
        "modified_utc": _modified(facts),
        "disguised": _disguised(facts),
        "slack_note": _slack_note(facts),
        "fates": _fates(facts),
    }


def _hash(right: str, wrong: list[str]) -> Samples:
    flipped = ("0" if right[0] != "0" else "1") + right[1:]
    forms = [right.upper(), f"SHA256: {right}", bytes.fromhex(right), f"  {right}\n"]
    return Samples(right, forms, [*wrong, flipped, right[::-1], right[:32], right[:-1]])


def _number(right: int, wrong: list[Any]) -> Samples:
    return Samples(right, [str(right), hex(right), f"0X{right:X}", float(right)], wrong)


def _volume(facts: Facts) -> Samples:
    text = f"{facts.serial:08X}"
    model = {
        "bytes_per_cluster": CLUSTER,
        "data_area_at": facts.data_offset,
        "serial": f"{text[:4]}-{text[4:]}",
    }
    backwards = "".join(text[at : at + 2] for at in (6, 4, 2, 0))
    early = facts.data_offset - SECTOR
    right = [
        {**model, "serial": text.lower()},
        {**model, "serial": facts.serial, "bytes_per_cluster": "1024"},
        {**model, "serial": f"0x{text}", "data_area_at": hex(facts.data_offset)},
    ]
    offsets = [*facts.data_offset_mistakes, early]
    wrong = [{**model, "data_area_at": offset} for offset in offsets]
    wrong += [{**model, "data_area_at": early, "serial": backwards}]
    return Samples(model, right, [*wrong, {**model, "bytes_per_cluster": 512}])


def _folder_count(facts: Facts) -> Samples:
    files, deleted = facts.files, facts.deleted
    wrong = [
        {"files": files + deleted, "deleted": deleted},
        {"files": files, "deleted": facts.deleted_slots + (facts.deleted_slots == deleted)},
        {"files": facts.slots - facts.deleted_slots, "deleted": facts.deleted_slots},
        {"files": files + 2, "deleted": deleted},
        {"files": files, "deleted": deleted + 1},
        {"files": files + 1, "deleted": deleted - 1},
        {"files": files + 3, "deleted": deleted + 3},
        {"files": files - 1, "deleted": deleted},
    ]
    right = [
        {"files": str(files), "deleted": deleted},
        {"files": float(files), "deleted": hex(deleted)},
        {"files": hex(files), "deleted": f" {deleted} "},
    ]
    return Samples({"files": files, "deleted": deleted}, right, wrong)


def _start_cluster(facts: Facts) -> Samples:
    right = facts.start_cluster
    place = facts.data_offset + (right - 2) * CLUSTER
    return _number(right, [right - 2, place, place // SECTOR, right + 1, right - 1, f"{right:x}h"])


def _size(facts: Facts) -> Samples:
    size = facts.size
    clusters = -(-size // CLUSTER)
    wrong = [clusters * CLUSTER, -(-size // SECTOR) * SECTOR, clusters, size // 1024, size + 1]
    return _number(size, [*wrong, size - 1])


def _first_byte(facts: Facts) -> Samples:
    cluster, data = facts.start_cluster, facts.data_offset
    right = data + (cluster - 2) * CLUSTER
    wrong = [
        *(data + cluster * CLUSTER, data + (cluster - 1) * CLUSTER, cluster * CLUSTER),
        *((cluster - 2) * CLUSTER, right // SECTOR, cluster),
    ]
    return _number(right, list(wrong))


def _pay_host(facts: Facts) -> Samples:
    host = facts.pay_host
    right = [host.upper(), f"https://{host}/session?id=[ID]", f"{host}.", f" {host} "]
    domain = host.partition(".")[2]
    return Samples(host, right, [*facts.other_hosts, f"www.{domain}", f"x{host}", "localhost"])


def _modified(facts: Facts) -> Samples:
    right = datetime.fromisoformat(facts.modified_utc)

    def written(moment: datetime) -> str:
        return moment.isoformat().replace("+00:00", "Z")

    hours = (-6, -12, 1, -11)
    wrong = [written(right + timedelta(hours=hour)) for hour in hours]
    wrong += [facts.created_utc, written(right + timedelta(seconds=2))]
    local = (right - timedelta(hours=6)).replace(tzinfo=None).isoformat()
    forms = [f"{local}-06:00", facts.modified_utc.replace("T", " "), right]
    return Samples(facts.modified_utc, [*forms, f"{right.isoformat()}"], wrong)


def _disguised(facts: Facts) -> Samples:
    kind, name = facts.true_type, facts.disguised
    other = "rar" if kind != "rar" else "exe"
    honest = next(one for one in facts.live_files if one.endswith(".JPG") and one != name)
    right = [
        {"name": name.lower(), "type": kind.upper()},
        {"name": f"PHOTOS/{name}", "type": f".{kind}"},
        {"name": f" {name} ", "type": f"{kind.upper()} file" if kind == "zip" else f"image/{kind}"},
    ]
    if kind == "pdf":
        right[2] = {"name": name, "type": "application/pdf"}
    wrong = [
        {"name": name, "type": "jpg"},
        {"name": honest, "type": kind},
        {"name": name, "type": other},
        {"name": facts.slack_file, "type": kind},
        {"name": name.partition(".")[0], "type": kind},
        {"name": facts.archive_name, "type": "zip"},
    ]
    return Samples({"name": name, "type": kind}, right, wrong)


def _slack_note(facts: Facts) -> Samples:
    file, address = facts.slack_file, facts.slack_address
    right = [
        {"file": file.upper(), "address": address.upper()},
        {"file": f"HOME/{file}", "address": f"mailto:{address}"},
        {"file": f" {file}", "address": f"<{address}>"},
    ]
    wrong = [
        *({"file": file, "address": other} for other in facts.other_addresses[:3]),
        {"file": facts.disguised, "address": address},
        {"file": facts.archive_name, "address": address},
        {"file": file, "address": address.partition("@")[0]},
    ]
    return Samples({"file": file, "address": address}, right, wrong)


def _fates(facts: Facts) -> Samples:
    model = dict(facts.fates)
    hidden, archive = facts.overwritten_by_deleted, facts.archive_name
    right = [
        {f"?{name[1:]}": fate for name, fate in model.items()},
        {name.upper(): fate.upper() for name, fate in model.items()},
        {f"_{name[1:]}": fate.title() for name, fate in reversed(model.items())},
    ]
    wrong = [
        {**model, hidden: WHOLE},
        dict.fromkeys(model, WHOLE),
        {name: LOST if fate == PART else fate for name, fate in model.items()},
        {name: fate for name, fate in model.items() if name != archive},
        {**model, archive: LOST},
        {**model, "LEEME.TXT": WHOLE},
        {archive: WHOLE},
    ]
    return Samples(model, right, wrong)
