"""Dask gives the same numbers, also when a worker dies."""

import io
import os
import signal
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.analysis import frequencies
from convalgebra.analysis.distributed import spread
from convalgebra.analysis.symbol import Symbol


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


@contextmanager
def cluster():
    """Two workers in processes of their own."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(2, processes=True, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


class Killing:
    """A client that ends the process of one of its workers once some parts are done and some are not."""

    def __init__(self, client):
        self.client, self.submit, self.pids = client, client.submit, client.run(os.getpid)
        self.lost, self.before, self.after = None, 0, 0

    def map(self, *args, **options):
        futures = self.client.map(*args, **options)
        if self.lost is None:
            wait(lambda: any(future.done() for future in futures))
            self.before = sum(future.done() for future in futures)
            busy = [name for name, tasks in self.client.processing().items() if tasks]
            self.lost, self.after = busy[0], len(futures) - self.before
            os.kill(self.pids[self.lost], signal.SIGKILL)
        return futures

    def gather(self, futures):
        return self.client.gather(futures)


def wait(condition):
    """Until the condition holds, a minute at most."""
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("nothing happened")


@pytest.mark.filterwarnings("ignore")  # what the dying worker leaves behind
@pytest.mark.parametrize("accurate", [False, True])
def test_a_worker_may_die_amid_the_singular_values(accurate):
    weight = np.random.default_rng(0).standard_normal((48, 48, 3, 3))
    wide = ca.Conv(weight, padding=1, padding_mode="circular")
    want = ca.singular_values(wide, (48, 40, 40), accurate=accurate)
    with cluster() as client:
        killing = Killing(client)
        found = ca.singular_values(wide, (48, 40, 40), accurate=accurate, scheduler=killing)
        assert np.array_equal(found, want)
        assert killing.before > 0
        assert killing.after > 0
        wait(lambda: killing.pids[killing.lost] not in client.run(os.getpid).values())


def terminal():
    """A stream that is one."""
    stream = io.StringIO()
    stream.isatty = lambda: True
    return stream


def test_a_whole_network_on_a_cluster(monkeypatch):
    net = ca.Sequential(layer(), ca.ReLU(), ca.Conv(np.ones((3, 12, 1, 1))))
    want = ca.layer_spectra(net, (10, 8, 8))
    shown = terminal()
    with cluster() as client, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", shown)
        found = ca.layer_spectra(net, (10, 8, 8), scheduler=client)
    assert "100% Completed" in shown.getvalue()
    assert list(found) == ["0 Conv", "2 Conv"]
    assert all(np.array_equal(found[place], want[place]) for place in want)


def test_a_terminal_shows_the_progress(monkeypatch):
    pytest.importorskip("dask")
    shown = terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    ca.singular_values(layer(), (10, 12, 12), scheduler="threads")
    assert "100% Completed" in shown.getvalue()


def test_a_part_is_bounded_by_the_chunk(monkeypatch):
    pytest.importorskip("dask")
    """Blocks of a layer of 64 MiB are never whole in memory: each task makes those of its chunk alone."""
    seen = []
    wide = ca.Conv(np.random.default_rng(0).standard_normal((32, 32, 3, 3)), padding=1, padding_mode="circular")
    blocks = Symbol.blocks

    def noted(self, numbers, grid=None):
        made = blocks(self, numbers, grid)
        seen.append(made.nbytes)
        return made

    monkeypatch.setattr(Symbol, "blocks", noted)
    ca.singular_values(wide, (32, 64, 64), accurate=True, scheduler="synchronous")
    assert sum(seen) >= 2**25
    assert max(seen) <= frequencies.CHUNK
