from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from fronteras import passwords
from fronteras.settings import CohortError


def test_only_the_password_itself_is_right() -> None:
    stored = passwords.hash_password("canoe-velvet-324")
    assert passwords.verify("canoe-velvet-324", stored)
    for wrong in ["canoe-velvet-325", "", "canoe-velvet-324 ", "\udc80", "x" * 10_000]:
        assert not passwords.verify(wrong, stored)


def test_passwords_are_salted_and_costly() -> None:
    one, two = passwords.hash_password("same"), passwords.hash_password("same")
    assert one != two
    kind, n, r, _, salt, digest = one.split("$")
    assert kind == "scrypt"
    assert int(n) * int(r) * 128 >= 16 * 2**20
    assert len(bytes.fromhex(salt)) == 16
    assert len(bytes.fromhex(digest)) == 32


def test_long_passwords_count_to_their_end() -> None:
    stored = passwords.hash_password("ñ" * 100)
    assert passwords.verify("ñ" * 100, stored)
    assert not passwords.verify("ñ" * 99 + "n", stored)


@pytest.mark.parametrize("password", ["", "x" * 1025])
def test_what_cannot_be_a_password(password: str) -> None:
    with pytest.raises(ValueError, match="1 to 1024 bytes"):
        passwords.hash_password(password)


def test_readable_passwords_can_be_read_out_and_do_not_repeat() -> None:
    made = {passwords.readable() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"([a-z]{3,8}-){4}[0-9]{3}", password) for password in made)


def test_the_file_is_the_owners_and_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "private" / "passwords.json"
    assert passwords.load(path) == {}
    passwords.save(path, {"ana": "x"})
    passwords.save(path, {"ana": "y", "bruno": "z"})
    assert passwords.load(path) == {"ana": "y", "bruno": "z"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["passwords.json"]


@pytest.mark.parametrize("text", ["{", "[]", '{"ana": 1}', "\x00"])
def test_a_damaged_file_names_the_mend(tmp_path: Path, text: str) -> None:
    path = tmp_path / "passwords.json"
    path.write_text(text)
    with pytest.raises(CohortError, match=r"passwords\.json is damaged.*password reset"):
        passwords.load(path)
    assert path.read_text() == text
