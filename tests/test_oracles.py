"""The ledger: every oracle case has exactly one class, and no line of the ledger is stale."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from pathlib import Path

import oracles


def read_all_claims() -> None:
    """Import every test module that claims cases, also when only this file was asked for."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if "@claim(" in path.read_text(encoding="utf-8"):
            import_module(path.stem)


def table() -> str:
    """One line for each source: how many cases pass, wait and for what, differ."""
    lines = []
    for source in oracles.SOURCES:
        counts = Counter(" and ".join(oracles.classes(case)) for case in oracles.cases(source))
        waiting = ", ".join(f"{n} {name.removeprefix('pending: ')}" for name, n in counts.items() if "pending" in name)
        differing = sum(n for name, n in counts.items() if "differs" in name)
        lines.append(f"{source:16}{counts['tested']:4} tested{differing:4} differ   not yet: {waiting or 'none'}")
    return "\n".join(lines)


def test_every_case_has_exactly_one_class():
    read_all_claims()
    wrong = {case["id"]: oracles.classes(case) for case in oracles.every_case() if len(oracles.classes(case)) != 1}
    assert wrong == {}


def test_no_line_of_the_ledger_is_stale():
    ids = {case["id"] for case in oracles.every_case()}
    ops = {f"{case['source']} {case['op']}" for case in oracles.every_case()}
    assert set(oracles.PENDING) - ids - ops == set()
    assert set(oracles.DIFFERS) - ids == set()


def test_ids_are_unique():
    counts = Counter(case["id"] for case in oracles.every_case())
    assert [name for name, count in counts.items() if count > 1] == []
