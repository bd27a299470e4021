"""The command line, as a user calls it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_tour import photo

import convalgebra as ca
from convalgebra.__main__ import EXAMPLES, main, parse_kernel

HOME = Path(ca.__file__).parents[1]


@pytest.fixture
def run(capsys):
    """The status, the output and the errors of a call."""

    def call(*arguments):
        try:
            status = main(arguments)
        except SystemExit as stop:
            status = stop.code
        return status, *capsys.readouterr()

    return call


def python(*arguments, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([sys.executable, *arguments], cwd=HOME, text=True, check=False, **options)


# --- matrix -----------------------------------------------------------------------------------------------------------


def test_the_matrix_is_printed_as_text(run):
    expected = "2 x 4 operator, (1, 2) from (1, 4)\n⎡1  2  1  ·⎤\n⎣·  1  2  1⎦\n"
    assert run("matrix", "1,2,1", "4") == (0, expected, "")


@pytest.mark.parametrize(
    ("call", "options", "shape"),
    [
        ("1,2,1 7 --stride 2", {"stride": 2}, (7,)),
        ("1,2,1 7 --padding 1 --mode circular", {"padding": 1, "padding_mode": "circular"}, (7,)),
        ("1,2 7 --padding 1:0", {"padding": ((1, 0),)}, (7,)),
        ("1,2 7 --padding same_upper --stride=2", {"padding": "same_upper", "stride": 2}, (7,)),
        ("1,2,3 7 --dilation 2 --op convolution", {"dilation": 2, "op": "convolution"}, (7,)),
        ("1,2;3,4 3x4 --stride 1x2", {"stride": (1, 2)}, (3, 4)),
        ("1,2;3,4 3x3 --padding 1x0:1", {"padding": (1, (0, 1))}, (3, 3)),
        ("1,2;3,4 3x3 --padding 1:-1x0", {"padding": ((1, -1), 0)}, (3, 3)),
    ],
)
def test_the_options_are_those_of_the_layer(run, call, options, shape):
    kernel = [[int(entry) for entry in row.split(",")] for row in call.split()[0].split(";")]
    A = ca.Conv([[kernel if len(shape) == 2 else kernel[0]]], **options).matrix((1, *shape))
    assert run("matrix", *call.split()) == (0, f"{A!r}\n", "")
    assert run("matrix", *call.split(), "--sympy")[1] == f"{A.to_sympy()}\n"
    assert run("matrix", *call.split(), "--latex")[1] == f"{A.to_latex()}\n"


def test_symbols_and_fractions_stay_exact(run):
    assert run("matrix", "a,-b,1/2,0.25", "4", "--sympy")[1] == "Matrix([[a, -b, 1/2, 1/4]])\n"


@pytest.mark.parametrize("kernel", ["-1,0,1", "-a,b", "-1", "-1/2,1", "-1;2"])
def test_a_kernel_may_begin_with_a_minus(run, kernel):
    size = "2x2" if ";" in kernel else "4"
    status, out, err = run("matrix", kernel, size)
    assert (status, err) == (0, "")
    assert "-" in out


def test_the_factors_are_printed_in_their_order(run):
    layer = ca.Conv([[[1, 2, 1]]], stride=2, padding=1)
    status, out, _ = run("matrix", "1,2,1", "6", "--stride", "2", "--padding", "1", "--factors")
    assert status == 0
    assert out == "\n\n".join(f"{name} =\n{A!r}" for name, A in zip("DTP", layer.factors((1, 6)), strict=True)) + "\n"


def test_the_formula_stands_first(run):
    out = run("matrix", "1,2", "4", "--explain")[1]
    assert out.startswith("y[o, i] = sum_{c, t} w[o, c, t] x[c, 1*i + 1*t - 0]\n")
    assert out.endswith("⎣·  ·  1  2⎦\n")


def test_all_rows_of_a_large_matrix_on_demand(run):
    few, every = (run("matrix", "1,2", "40", "--latex", *more)[1] for more in ([], ["--all"]))
    assert r"\ddots" in few
    assert r"\ddots" not in every
    assert every.count(r"\\") == 38


@pytest.mark.parametrize("suffix", ["svg", "tex"])
def test_the_figure_is_saved(run, tmp_path, suffix):
    target = tmp_path / f"matrix.{suffix}"
    assert run("matrix", "a,b", "4", "--figure", str(target))[0] == 0
    assert ("<svg" if suffix == "svg" else "tikzpicture") in target.read_text()
    assert list(tmp_path.iterdir()) == [target]


@given(st.lists(st.fractions(), min_size=1, max_size=5))
def test_every_number_is_read_exactly(numbers):
    entries = parse_kernel(",".join(map(str, numbers)))
    assert entries == numbers
    assert all(isinstance(entry, int) == (Fraction(entry).denominator == 1) for entry in entries)


@given(st.integers(1, 4), st.integers(1, 4))
def test_rows_are_read_by_semicolons(rows, columns):
    array = np.arange(rows * columns).reshape(rows, columns)
    text = ";".join(",".join(map(str, row)) for row in array)
    assert np.array_equal(np.atleast_2d(np.array(parse_kernel(text), dtype=np.int64)), array)


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["1,q!", "4"], "an entry of KERNEL must be a number or a symbol, not 'q!' in '1,q!'; write \"1,-1/2,w0\""),
        (["1,1/0", "4"], "an entry of KERNEL must be a number or a symbol, not '1/0'"),
        (["1,nanny", "4", "--sympy", "--padding", "no"], "padding must be one of"),
        (["1,,2", "4"], "an entry of KERNEL must be a number or a symbol, not ''"),
        (["", "4"], "an entry of KERNEL must be a number or a symbol, not ''"),
        (["1,2;3", "3x3"], "the rows of KERNEL must be equally long, not of 2, 1 entries"),
        (["1,2", "four"], "SIZE must be an integer, or one for each axis, not 'four'; write 7 or 5x7"),
        (["1,2", "0"], "must"),
        (["1,2", "3x3"], "must have shape"),
        (["1,2,3", "2"], "must hold the kernel"),
        (["1,2", "4", "--stride", "0"], "stride must be at least 1, not 0"),
        (["1,2", "4", "--stride", "two"], "--stride must be an integer, or one for each axis, not 'two'"),
        (["1,2", "4", "--padding", "1:x"], "--padding must be an integer"),
        (["1,2", "4", "--padding", "same", "--stride", "2"], "same_upper"),
        (["1,2", "4", "--mode", "full"], "padding_mode must be one of"),
        (["1,2", "4", "--op", "corr"], "op must be"),
        (["1,2", "99999999999999999999"], "must"),
        (["1,2", "4", "--figure", "matrix.gif"], "must show a window to have frames"),
        (["1,2", "4", "--figure", "matrix.bmp"], "must end in .svg, .tex"),
        (["1,2", "4", "--figure", "/no/such/folder/a.svg"], "must be writable"),
        (["1,2"], "required: SIZE; write convalgebra matrix --help"),
        (["1,2", "4", "--latex", "--sympy"], "not allowed with"),
        (["1,2", "4", "--bogus"], "--bogus"),
    ],
)
def test_bad_input_is_told_in_one_line(run, arguments, complaint):
    status, out, err = run("matrix", *arguments)
    assert (status, out) == (2, "")
    assert complaint in err
    assert err.startswith("convalgebra")
    assert err.endswith("\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["unheard-of"], ["tour", "extra"]])
def test_bad_commands_are_told_in_one_line(run, arguments):
    status, out, err = run(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "--help" in err


@given(st.text(max_size=6), st.text(max_size=4))
def test_any_text_gives_a_matrix_or_one_line(kernel, size):
    try:
        status = main(["matrix", f" {kernel}", f" {size}"])
    except SystemExit as stop:
        status = stop.code
    assert status in {0, 2}


# --- tour -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr("convalgebra.tour.tour.photograph", photo)


@pytest.mark.usefixtures("small")
def test_the_tour_prints_its_summary_and_is_silent_when_piped(run, tmp_path):
    status, out, err = run("tour", "--out", str(tmp_path / "report"))
    assert (status, err) == (0, "")
    assert out.endswith(f"{tmp_path / 'report' / 'index.html'}\n")
    assert (tmp_path / "report" / "index.html").exists()


@pytest.mark.usefixtures("small")
def test_the_tour_has_a_default_folder(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("tour")[0] == 0
    assert list(tmp_path.iterdir()) == [tmp_path / "tour"]


@pytest.mark.usefixtures("small")
def test_the_tour_tells_a_terminal_of_its_progress(run, tmp_path, monkeypatch):
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda _: True)
    status, _, err = run("tour", "--out", str(tmp_path))
    assert status == 0
    assert "\r\033[K1/5 building the matrix" in err
    assert err.endswith("\r\033[K")


@pytest.mark.usefixtures("small")
def test_the_tour_refuses_a_folder_that_cannot_be(run, tmp_path):
    (tmp_path / "file").write_text("mine")
    status, out, err = run("tour", "--out", str(tmp_path / "file"))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("convalgebra: --out must be a folder that can be written, not ")


def test_the_tour_names_its_extra(run, tmp_path, monkeypatch):
    for name in ("skimage", "skimage.data"):
        monkeypatch.setitem(sys.modules, name, None)
    status, out, err = run("tour", "--out", str(tmp_path / "out"))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "pip install 'convalgebra[tour]'" in err
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_is_told_in_one_line(run, tmp_path, monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr("convalgebra.tour.tour.photograph", interrupt)
    status, out, err = run("tour", "--out", str(tmp_path / "out"))
    assert (status, out, err) == (130, "", "convalgebra: interrupted; no file is half-written\n")
    assert list(tmp_path.iterdir()) == []


# --- as a program -----------------------------------------------------------------------------------------------------


def test_the_module_is_a_program():
    done = python("-m", "convalgebra", "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"convalgebra {ca.__version__}\n", "")


def test_errors_of_the_program_go_to_standard_error():
    done = python("-m", "convalgebra", "matrix", "1,2", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "convalgebra: SIZE must be an integer, or one for each axis, not ''; write 7 or 5x7\n"


@pytest.mark.parametrize("command", [[], ["matrix"], ["tour"]])
def test_help_fits_a_terminal_and_loads_no_arrays(command):
    call = f"main({[*command, '--help']})"
    code = f"import sys\nfrom convalgebra.__main__ import main\ntry: {call}\nfinally: print('numpy' in sys.modules)"
    done = python("-c", code, env={**os.environ, "COLUMNS": "80"})
    *lines, loaded = done.stdout.splitlines()
    assert (done.returncode, done.stderr, loaded) == (0, "", "False")
    assert max(map(len, lines)) <= 100
    assert lines[0].startswith("usage: convalgebra")


def test_a_reader_that_has_seen_enough_is_no_error():
    read, write = os.pipe()
    os.close(read)
    done = python("-m", "convalgebra", "matrix", "1,2", "4", stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_examples_of_the_help_run(run):
    calls = [shlex.split(line.split("   ")[0]) for line in EXAMPLES.splitlines()[1:]]
    assert len(calls) == 5
    for _, *arguments in calls:
        assert run(*arguments)[0] == 0, arguments


@pytest.mark.parametrize("entry", ["nan", "-inf", "NaN", "infinity"])
def test_a_number_that_failed_is_no_symbol(entry):
    with pytest.raises(ca.ArgumentError, match=f"an entry of KERNEL must be a number or a symbol, not '{entry}'"):
        parse_kernel(f"{entry},1")
