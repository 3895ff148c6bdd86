"""Run a command that follows no symbolic link in a folder, whoever plants one and whenever.

Run as a file, with ``python -I -S``: it is the step between a participant's sandbox and their
server. A check in the server could be raced by the kernel, the mount option cannot.
"""

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_NOSYMFOLLOW, MS_BIND = 2, 4, 32, 256, 4096


def main() -> None:
    """Take the folder and the command from the command line; does not return."""
    folder, *command = sys.argv[1:]
    _own_mounts()
    flags = MS_REMOUNT | MS_BIND | MS_NOSYMFOLLOW | MS_NOSUID | MS_NODEV
    _call("mount", None, folder.encode(), None, flags, None)
    if not _nosymfollow(folder):
        sys.exit("This Linux is too old for participants' servers: it needs 5.10 or newer.")
    # what a program looks for in its current folder must not be the participant's to write
    os.chdir("/")
    os.execvp(command[0], command)  # noqa: S606 - and so gives up what it could do to mounts


def _own_mounts() -> None:
    """Enter a user and a mount namespace as the same user."""
    user, group = os.getuid(), os.getgid()
    _call("unshare", CLONE_NEWUSER | CLONE_NEWNS)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _nosymfollow(folder: str) -> bool:
    """Say whether the option is in force: an old Linux takes it and forgets it."""
    lines = (line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines())
    options = [fields[5].split(",") for fields in lines if fields[4] == folder]
    return bool(options) and "nosymfollow" in options[-1]


def _call(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc[name](*arguments) != 0:
        number = ctypes.get_errno()
        sys.exit(f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    main()
