"""How the tests run: property tests repeat the same examples everywhere, unless the long profile is asked for.

HYPOTHESIS_PROFILE=long python -m pytest     draws many fresh examples
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

# No deadline: the first call of a function that loads SymPy is slow, and slow is not wrong.
SHARED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", derandomize=True, max_examples=60, database=None, print_blob=True, **SHARED)
settings.register_profile("long", max_examples=3000, **SHARED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or "ci")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After a run that held the oracle ledger: how many cases pass, wait, or differ."""
    ledger = sys.modules.get("test_oracles")
    if ledger is not None:
        terminalreporter.section("oracle cases")
        terminalreporter.write_line(ledger.table())
    catalogue = sys.modules.get("test_theorems")
    if catalogue is not None:
        terminalreporter.section("theorems")
        terminalreporter.write_line(catalogue.report())
