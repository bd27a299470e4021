"""Dask gives the same numbers, also when a worker dies."""

import os
import sys
import time
from functools import partial

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.analysis.distributed import spread


def layer():
    return ca.Conv(np.random.default_rng(0).standard_normal((12, 10, 3, 3)), padding=1, padding_mode="circular")


@pytest.mark.parametrize("scheduler", ["threads", "synchronous", "processes"])
def test_schedulers_by_name(scheduler):
    pytest.importorskip("dask")
    want = ca.singular_values(layer(), (10, 12, 12))
    assert np.array_equal(ca.singular_values(layer(), (10, 12, 12), scheduler=scheduler), want)


def test_unknown_schedulers_are_refused():
    with pytest.raises(ca.ArgumentError, match="must be one of 'threads'"):
        spread(len, [], "cluster")
    with pytest.raises(ca.ArgumentError, match="must be a Dask client or one of"):
        spread(len, [], 3)


def test_dask_is_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(ca.MissingExtraError, match=r"pip install 'convalgebra\[dask\]'"):
        spread(len, [[1]], "threads")


def slow(flag, number):
    """Its worker dies once, in the middle of the work."""
    if number == 5 and not flag.exists():
        flag.touch()
        os._exit(1)
    time.sleep(0.02)
    return number * number


@pytest.mark.filterwarnings("ignore")  # what the dying worker leaves behind
def test_a_worker_may_die(tmp_path):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(2, processes=True, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        flag = tmp_path / "dead"
        assert spread(partial(slow, flag), list(range(12)), client) == [n * n for n in range(12)]
        assert flag.exists()
        want = ca.singular_values(layer(), (10, 12, 12))
        assert np.array_equal(ca.singular_values(layer(), (10, 12, 12), scheduler=client), want)
