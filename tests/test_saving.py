"""Files written whole or not at all; what figures and frames do with it stands in their own tests."""

from __future__ import annotations

import pytest

from convalgebra.display.saving import target_of, write
from convalgebra.errors import ArgumentError


def test_the_suffix_decides(tmp_path):
    assert target_of(str(tmp_path / "x.b"), (".a", ".b")) == tmp_path / "x.b"
    with pytest.raises(ArgumentError, match=r"must end in \.a or \.b, not in '\.c'; write \.save\('x\.b'\)"):
        target_of("x.c", (".a", ".b"))
    with pytest.raises(ArgumentError, match="a string or a path, not 3"):
        target_of(3, (".a", ".b"))


@pytest.mark.parametrize("content", ["é\n", "é\n".encode()])
def test_text_is_utf_8_and_bytes_stay(content, tmp_path):
    write(tmp_path / "x", content)
    assert (tmp_path / "x").read_bytes() == "é\n".encode()
    assert [*tmp_path.iterdir()] == [tmp_path / "x"]


def test_a_failure_keeps_the_old_file(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "inside").touch()
    with pytest.raises(ArgumentError, match="must be writable"):
        write(tmp_path / "x", "new")
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "x", tmp_path / "x" / "inside"]
