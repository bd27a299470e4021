"""Sessions for a developer: `nox` runs lint and tests, `nox -s lowest` the oldest supported dependencies."""

import nox

nox.options.sessions = ["lint", "tests"]
nox.options.default_venv_backend = "uv|virtualenv"

PYPROJECT = nox.project.load_toml("pyproject.toml")


@nox.session
def lint(session: nox.Session) -> None:
    session.install("-e", ".[test]", *nox.project.dependency_groups(PYPROJECT, "lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def tests(session: nox.Session) -> None:
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """The tests against the lower bounds that pyproject.toml promises."""
    pins = [requirement.replace(">=", "==") + ".*" for requirement in PYPROJECT["project"]["dependencies"]]
    session.install("-e", ".[test]", *pins)
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def torch(session: nox.Session) -> None:
    """The comparisons with live PyTorch."""
    session.install("-e", ".[test,torch]")
    session.run("python", "-m", "pytest", "tests/test_oracles_torch.py", *session.posargs)


@nox.session(python="3.13")
def docs(session: nox.Session) -> None:
    """The documentation site; a warning, a broken link or a theorem that is not proved is an error."""
    session.install("-e", ".", *nox.project.dependency_groups(PYPROJECT, "docs"))
    session.run("python", "-m", "sphinx", "-W", "--keep-going", "-q", "docs", "docs/_build", *session.posargs)


@nox.session
def long(session: nox.Session) -> None:
    """Property tests with fresh random examples, many of them."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", *session.posargs, env={"HYPOTHESIS_PROFILE": "long"})


@nox.session(venv_backend="none")
def proofs(session: nox.Session) -> None:
    """The machine-checked theorems; needs Rocq/Coq with MathComp."""
    session.run("make", "-C", "proofs", external=True)
