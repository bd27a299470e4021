"""Files that appear whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from convalgebra.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextmanager
def workshop(out: str) -> Iterator[Path]:
    """A hidden folder inside `out`, gone at the end; without anything published, a new `out` goes too."""
    target = Path(out)
    made = [folder for folder in (target, *target.parents) if not folder.exists()]
    try:
        target.mkdir(parents=True, exist_ok=True)
        bench = Path(tempfile.mkdtemp(prefix=".tour-", dir=target))
    except OSError as error:
        _remove_empty(made)
        raise _unwritable(out, error) from error
    try:
        yield bench
    except OSError as error:
        raise _unwritable(out, error) from error
    finally:
        shutil.rmtree(bench, ignore_errors=True)
        _remove_empty(made)


def publish(files: Mapping[str, bytes], bench: Path) -> None:
    """Write all files on the bench, then move each to its place beside it, the last one last."""
    for name, data in files.items():
        draft = bench / name
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
    for name in files:
        target = bench.parent / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (bench / name).replace(target)


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _unwritable(out: str, error: OSError) -> ArgumentError:
    reason = error.strerror or str(error)
    return ArgumentError(f"--out must be a folder that can be written, not {out!r}: {reason}; write --out DIR")
