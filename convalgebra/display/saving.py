"""Files written whole or not at all."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convalgebra.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence


def target_of(path: Any, suffixes: Sequence[str]) -> Path:
    """The path, checked to end in one of the suffixes."""
    try:
        target = Path(path)
    except TypeError as error:
        msg = f"the path must be a string or a path, not {path!r}"
        raise ArgumentError(msg) from error
    if target.suffix not in suffixes:
        *most, last = suffixes
        wanted = f"{', '.join(most)} or {last}" if most else last
        msg = f"the path must end in {wanted}, not in {target.suffix!r}; write .save('x{last}')"
        raise ArgumentError(msg)
    return target


def write(target: Path, content: str | bytes) -> None:
    """Write beside the target, then move: a reader sees the old file or the new one."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)
        draft.replace(target)
    except (OSError, ValueError) as error:
        with suppress(OSError, ValueError):
            draft.unlink()
        reason = getattr(error, "strerror", None) or str(error)
        msg = f"the path must be writable, not {str(target)!r}: {reason}"
        raise ArgumentError(msg) from error
