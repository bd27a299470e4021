import errno
import os
from pathlib import Path

import pytest

import convalgebra as ca
from convalgebra.tour.publish import publish, workshop

FILES = {"images/a.png": b"picture", "index.html": b"page"}


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_files_appear_in_their_folders_and_nothing_else(tmp_path):
    with workshop(str(tmp_path / "new" / "report")) as bench:
        publish(FILES, bench)
    assert contents(tmp_path / "new" / "report") == FILES
    assert sorted(path.name for path in (tmp_path / "new" / "report").iterdir()) == ["images", "index.html"]


def test_old_files_are_replaced_and_others_kept(tmp_path):
    (tmp_path / "index.html").write_text("old")
    (tmp_path / "mine.txt").write_text("kept")
    with workshop(str(tmp_path)) as bench:
        publish(FILES, bench)
    assert contents(tmp_path) == {**FILES, "mine.txt": b"kept"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_nothing_is_left_when_work_stops(error, tmp_path):
    def work(bench):
        (bench / "draft").write_text("half")
        raise error

    with pytest.raises(error), workshop(str(tmp_path / "a" / "b")) as bench:
        work(bench)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_publication_leaves_whole_files_only(tmp_path, monkeypatch):
    (tmp_path / "index.html").write_text("old")
    move = Path.replace

    def interrupted(self, target):
        if target.name == "index.html":
            raise KeyboardInterrupt
        return move(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt), workshop(str(tmp_path)) as bench:
        publish(FILES, bench)
    assert contents(tmp_path) == {"images/a.png": b"picture", "index.html": b"old"}


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with (
        pytest.raises(ca.ArgumentError, match=r"can be written, not .*: No space left on device"),
        workshop(str(tmp_path / "out")) as bench,
    ):
        publish(FILES, bench)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_place_that_is_no_folder_is_refused_beforehand(place, tmp_path):
    (tmp_path / "file").write_text("mine")
    complaint = r"--out must be a folder that can be written, not .*; write --out DIR"
    with pytest.raises(ca.ArgumentError, match=complaint), workshop(str(tmp_path / place)):
        pytest.fail("the work began")
    assert contents(tmp_path) == {"file": b"mine"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_permission_is_refused_beforehand(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(ca.ArgumentError, match="Permission denied"), workshop(str(tmp_path / "out")):
        pytest.fail("the work began")
