"""The house rules, read off the syntax trees: floors, doors, budgets, and a test file for every module.

A rule is a function of a package folder that yields complaints. It must yield none for the library, and must complain
about a small bad package made for it.
"""

from __future__ import annotations

import ast
import doctest
import inspect
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import convalgebra as ca

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parent
PACKAGE = Path(ca.__file__).parent

FLOORS = {
    "errors": 0,
    "algebra.abstract": 0,
    "algebra.polynomial": 0,
    "algebra.rational": 0,
    "algebra.interpolation": 0,
    "algebra.cyclotomic": 0,
    "algebra.points": 0,
    "algebra.foreign": 0,
    "algebra.rings": 0,
    "algebra.sealing": 0,
    "algebra.indexing": 0,
    "algebra.csr": 0,
    "algebra.runs": 0,
    "algebra.protocol": 0,
    "algebra.pattern": 1,
    "algebra.kernel": 1,
    "algebra.kernel_groups": 1,
    "algebra.kernel_numbers": 1,
    "algebra.kernel_symbols": 1,
    "algebra.scratch": 1,
    "algebra.fft": 1,
    "algebra.slide": 1,
    "algebra.apply": 1,
    "algebra.views": 1,
    "algebra.operator": 1,
    "algebra.blocks": 1,
    "algebra.combinators": 1,
    "algebra.dense": 1,
    "algebra.selection": 2,
    "algebra.toeplitz": 2,
    "algebra.fourier": 2,
    "algebra.semiring": 2,
    "layers": 3,
    "proofs": 4,
    "analysis": 5,
    "theorems": 6,
    "display": 7,
    "interop": 7,
    "testing": 7,
    "tour": 7,
    "proving_command": 7,
    "__main__": 7,
}

# The deferred imports that look upward: (module, function) -> where it looks. Nothing else goes up.
DOORS = {
    ("algebra.operator", "Operator.to_latex"): "display.latex",
    ("algebra.operator", "Operator.figure"): "display.figure",
    ("algebra.semiring", "MaxPlus.figure"): "display.figure",
    ("algebra.operator", "Operator.__repr__"): "display.text",
    ("algebra.operator", "Operator._repr_mimebundle_"): "display.figure",
    ("algebra.operator", "Operator._repr_latex_"): "display.latex",
    ("algebra.operator", "Operator._repr_html_"): "display.figure",
    ("algebra.operator", "Claim.__bool__"): "proofs.decide",
    ("algebra.protocol", "counterpart"): "proofs.symbolic_conv",
    ("proofs.refute", "Example.to_latex"): "display.latex",
    ("proofs.verdicts", "Refutation.figure"): "display.equation_figure",
    ("analysis.asymptotics", "Convergence.figure"): "display.curve_figure",
    ("analysis.eigenvalues", "Eigenvalues.to_latex"): "display.spectrum_latex",
    ("analysis.diagonalize", "Diagonalization.to_latex"): "display.spectrum_latex",
    ("layers.base", "Layer.figure"): "display.layer_figure",
    ("layers.base", "Layer.to_torch"): "interop.torch_modules",
    ("layers.base", "Layer.explore"): "display.explorer",
}

# Third-party names: where, and whether only inside functions. NumPy is everywhere.
DEFERRED = {
    "scipy": {
        "algebra.views",
        "algebra.fft",
        "algebra.semiring",
        "layers",
        "analysis.elimination",
        "analysis.solve",
        "analysis.lanczos",
    },
    "sympy": {"analysis.factorisation", "analysis.separable", "analysis.splitting", "display.latex", "__main__"}
    | {f"analysis.{room}" for room in ("periodic", "eigenvalues", "elimination", "exact_spectrum")}
    | {f"algebra.{room}" for room in ("polynomial", "cyclotomic", "points", "rings", "views", "kernel", "fourier")}
    | {"algebra.semiring"},
}
ONE_FILE_EACH = {"torch", "onnx", "keras", "dask", "hypothesis", "matplotlib", "typst", "flint", "skimage", "PIL"}

ATOMS = {"Selection", "Toeplitz", "Circulant", "Diagonal", "Dense", "Fourier"}
MOST_COMBINATORS, MOST_PUBLIC_NAMES, MOST_FILE_LINES, MOST_FUNCTION_LINES, MOST_NESTING = 6, 14, 400, 40, 3

COMPOUND = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match)
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Import:
    """One imported module: of this package ("algebra.rings") or third-party ("numpy")."""

    target: str
    ours: bool
    function: str | None
    types_only: bool
    line: int


@dataclass(frozen=True)
class Module:
    name: str
    path: Path
    source: str

    @property
    def tree(self) -> ast.Module:
        return parse(self.source)

    @property
    def floor(self) -> int | None:
        """The floor of the module, or of its room; None where it has none."""
        return FLOORS.get(self.name, FLOORS.get(self.name.partition(".")[0]))


parse = cache(ast.parse)


def modules(package: Path) -> list[Module]:
    """Every module of a package but its own `__init__`, which loads lazily, and the empty ones of its rooms."""
    found = []
    for path in sorted(package.rglob("*.py")):
        name = ".".join(path.relative_to(package).with_suffix("").parts).removesuffix(".__init__")
        module = Module(name, path, path.read_text(encoding="utf-8"))
        if name != "__init__" and (path.name != "__init__.py" or len(module.tree.body) > 1):
            found.append(module)
    return found


def functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """Each function with its qualified name, outermost only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTION):
            yield prefix + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from functions(child, f"{prefix}{child.name}.")
        else:
            yield from functions(child, prefix)


def inside(tree: ast.Module) -> dict[ast.AST, str]:
    """For every node within a function, the function's name."""
    return {node: name for name, function in functions(tree) for node in ast.walk(function)}


def for_types(tree: ast.Module) -> set[ast.AST]:
    """The nodes under `if TYPE_CHECKING:`."""
    blocks = [n for n in ast.walk(tree) if isinstance(n, ast.If) and ast.unparse(n.test).endswith("TYPE_CHECKING")]
    return {node for block in blocks for statement in block.body for node in ast.walk(statement)}


def imports(module: Module, package: Path) -> Iterator[Import]:
    """What a module imports, wherever it stands."""
    names, types = inside(module.tree), for_types(module.tree)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            targets = [f"{base}.{alias.name}" if is_module(package, base, alias.name) else base for alias in node.names]
        else:
            continue
        for target in dict.fromkeys(targets):
            root, _, rest = target.partition(".")
            ours = root == package.name
            yield Import(rest if ours else root, ours, names.get(node), node in types, node.lineno)


def is_module(package: Path, base: str, name: str) -> bool:
    """Whether `from base import name` names a module of the package."""
    root, *rooms = base.split(".")
    place = package.joinpath(*rooms, name)
    return root == package.name and (place.with_suffix(".py").exists() or place.is_dir())


# --- the rules --------------------------------------------------------------------------------------------------------


def every_module_has_a_floor(package: Path) -> Iterator[str]:
    for module in modules(package):
        if module.floor is None:
            yield f"{module.name} has no floor; give it one in FLOORS"


def imports_go_down(package: Path) -> Iterator[str]:
    """Also in function bodies and for types, but for the doors."""
    for module in modules(package):
        for item in imports(module, package):
            target = FLOORS.get(item.target, FLOORS.get(item.target.partition(".")[0]))
            door = DOORS.get((module.name, item.function or "")) == item.target
            if item.ours and not door and (target is None or target > (module.floor or 0)):
                yield f"{module.name}:{item.line} imports {item.target or 'the package itself'}, which is above it"


def eager_imports_have_no_cycle(package: Path) -> Iterator[str]:
    graph = {
        module.name: {
            item.target for item in imports(module, package) if item.ours and not item.function and not item.types_only
        }
        for module in modules(package)
    }
    while leaves := {name for name, targets in graph.items() if not targets & graph.keys()}:
        graph = {name: targets for name, targets in graph.items() if name not in leaves}
    if graph:
        yield f"a cycle among {', '.join(sorted(graph))}"


def doors_are_single_lines(package: Path) -> Iterator[str]:
    """A door imports a name from upstairs and hands the call on, in one statement each; no door is named in vain."""
    bodies = {(module.name, name): body for module in modules(package) for name, body in functions(module.tree)}
    for door, target in DOORS.items():
        body = bodies.get(door)
        statements = [] if body is None else without_docstring(body)
        upward = f"from {package.name}.{target} import"
        if not any(ast.unparse(statement).startswith(upward) for statement in statements):
            yield f"{'.'.join(door)} is no door to {target}"
        elif len(statements) > 2:
            yield f"{'.'.join(door)} does more than open a door"


def third_parties_stay_in_their_rooms(package: Path) -> Iterator[str]:
    homes: dict[str, set[str]] = {}
    for module in modules(package):
        for item in imports(module, package):
            if item.ours or item.types_only or item.target in sys.stdlib_module_names or item.target == "numpy":
                continue
            rooms = DEFERRED.get(item.target, set())
            if item.target in ONE_FILE_EACH:
                homes.setdefault(item.target, set()).add(module.name)
            elif not {module.name, module.name.partition(".")[0]} & rooms:
                yield f"{module.name}:{item.line} must not import {item.target}"
            elif item.function is None:
                yield f"{module.name}:{item.line} must import {item.target} inside a function"
    for name, files in homes.items():
        if len(files) > 1:
            yield f"{name} is imported in {len(files)} files: {', '.join(sorted(files))}"


def operators(package: Path) -> dict[str, ast.ClassDef]:
    """The classes of the algebra that descend from Operator."""
    rooms = [module for module in modules(package) if module.name.startswith("algebra.")]
    classes = {node.name: node for room in rooms for node in ast.walk(room.tree) if isinstance(node, ast.ClassDef)}

    def descends(name: str) -> bool:
        bases = [ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in classes[name].bases]
        return "Operator" in bases or any(base in classes and descends(base) for base in bases)

    return {name: node for name, node in classes.items() if name != "Operator" and descends(name)}


def few_atoms_and_combinators(package: Path) -> Iterator[str]:
    """Whatever is no atom is a combinator."""
    others = sorted(operators(package).keys() - ATOMS)
    if len(others) > MOST_COMBINATORS:
        yield f"{len(others)} combinators, more than {MOST_COMBINATORS}: {', '.join(others)}"


def few_public_names_on_operator(package: Path) -> Iterator[str]:
    for module in modules(package):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef) and node.name == "Operator":
                names = sorted({name for name in map(defined, node.body) if name and not name.startswith("_")})
                if len(names) > MOST_PUBLIC_NAMES:
                    yield f"Operator has {len(names)} public names, more than {MOST_PUBLIC_NAMES}: {', '.join(names)}"


def defined(statement: ast.stmt) -> str | None:
    """The name that a statement of a class body defines."""
    if isinstance(statement, FUNCTION):
        return statement.name
    targets = getattr(statement, "targets", [getattr(statement, "target", None)])
    return targets[0].id if targets and isinstance(targets[0], ast.Name) else None


def files_are_short(package: Path) -> Iterator[str]:
    for module in modules(package):
        count = len(module.source.splitlines())
        if count > MOST_FILE_LINES:
            yield f"{module.name} has {count} lines, more than {MOST_FILE_LINES}"


def without_docstring(function: ast.FunctionDef) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def code_lines(module: Module, function: ast.FunctionDef) -> int:
    """Lines of a function without its docstring, comments and blanks."""
    first = function.body[0]
    documentation = range(first.lineno, first.end_lineno + 1) if ast.get_docstring(function) is not None else ()
    lines = enumerate(module.source.splitlines()[: function.end_lineno], start=1)
    code = (text.strip() for number, text in lines if number >= function.lineno and number not in documentation)
    return sum(1 for text in code if text and not text.startswith("#"))


def functions_are_short(package: Path) -> Iterator[str]:
    for module in modules(package):
        for name, function in functions(module.tree):
            count = code_lines(module, function)
            if count > MOST_FUNCTION_LINES:
                yield f"{module.name}.{name} has {count} lines, more than {MOST_FUNCTION_LINES}"


def depth(node: ast.AST) -> int:
    """How deep compound statements nest; elif continues its if."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, depth(child) + (isinstance(child, COMPOUND) and not is_elif))
    return deepest


def nesting_is_shallow(package: Path) -> Iterator[str]:
    for module in modules(package):
        for name, function in functions(module.tree):
            if depth(function) > MOST_NESTING:
                yield f"{module.name}.{name} nests {depth(function)} deep, more than {MOST_NESTING}"


def lower_floors_build_arrays_with_a_dtype_and_print_nothing(package: Path) -> Iterator[str]:
    """`np.array([0, 2**63 + 1])` is a float array: a dtype is a decision."""
    for module in modules(package):
        calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
        for call in calls if (module.floor or 0) <= 4 else []:
            name = ast.unparse(call.func)
            dtype = len(call.args) > 1 or any(keyword.arg == "dtype" for keyword in call.keywords)
            if name in {"np.array", "numpy.array"} and not dtype:
                yield f"{module.name}:{call.lineno} calls {name} without a dtype"
            if name == "print":
                yield f"{module.name}:{call.lineno} prints"


def every_module_has_its_test_file(package: Path, tests: Path = TESTS) -> Iterator[str]:
    for module in modules(package):
        name = f"test_{module.name.rpartition('.')[2].strip('_')}.py"
        if module.path.name != "__init__.py" and not any(tests.rglob(name)):
            yield f"{module.name} has no tests/{name}"


RULES = [
    every_module_has_a_floor,
    imports_go_down,
    eager_imports_have_no_cycle,
    doors_are_single_lines,
    third_parties_stay_in_their_rooms,
    few_atoms_and_combinators,
    few_public_names_on_operator,
    files_are_short,
    functions_are_short,
    nesting_is_shallow,
    lower_floors_build_arrays_with_a_dtype_and_print_nothing,
    every_module_has_its_test_file,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_library_keeps(rule):
    assert list(rule(PACKAGE)) == []


# --- each rule can fail -----------------------------------------------------------------------------------------------

NESTED = """
def f(x):
    for a in x:
        if a:
            pass
        elif x:
            while x:
                with x:
                    pass
"""

BAD = {
    "every_module_has_a_floor": ({"attic.py": ""}, "attic has no floor"),
    "imports_go_down": ({"algebra/rings.py": "import convalgebra.layers.conv", "layers/conv.py": ""}, "above it"),
    "eager_imports_have_no_cycle": (
        {
            "layers/a.py": "from convalgebra.layers.b import f",
            "layers/b.py": "from convalgebra.layers import a",
        },
        "cycle among layers.a, layers.b",
    ),
    "doors_are_single_lines": ({"algebra/operator.py": "class Operator:\n    def to_latex(self): ..."}, "is no door"),
    "third_parties_stay_in_their_rooms": ({"algebra/rings.py": "import sympy"}, "inside a function"),
    "few_atoms_and_combinators": (
        {"algebra/combinators.py": "\n".join(f"class C{i}({'C0' if i else 'Operator'}): ..." for i in range(7))},
        "7 combinators",
    ),
    "few_public_names_on_operator": (
        {"algebra/operator.py": "class Operator:\n" + "".join(f"    x{i}: int\n" for i in range(15))},
        "15 public names",
    ),
    "files_are_short": ({"errors.py": "\n" * 401}, "401 lines"),
    "functions_are_short": (
        {"errors.py": 'def f():\n    """Text."""\n    # reason\n\n' + "    f()\n" * 40},
        "errors.f has 41 lines",
    ),
    "nesting_is_shallow": ({"errors.py": NESTED}, "nests 4 deep"),
    "lower_floors_build_arrays_with_a_dtype_and_print_nothing": (
        {"algebra/rings.py": "np.array(x, dtype=int)\nnp.array(x)"},
        "rings:2 calls np.array without a dtype",
    ),
    "every_module_has_its_test_file": ({"layers/unheard_of.py": ""}, "no tests/test_unheard_of.py"),
}
MORE_BAD = {
    "imports_go_down": [
        ({"errors.py": "def f():\n    from convalgebra.proofs import decide", "proofs/decide.py": ""}, "proofs.decide"),
        ({"errors.py": "import convalgebra"}, "the package itself"),
    ],
    "third_parties_stay_in_their_rooms": [
        ({"layers/conv.py": "def f():\n    import sympy"}, "must not import sympy"),
        ({"layers/a.py": "import torch", "layers/b.py": "import torch"}, "torch is imported in 2 files"),
        ({"errors.py": "import pandas"}, "must not import pandas"),
    ],
    "lower_floors_build_arrays_with_a_dtype_and_print_nothing": [({"errors.py": "print(1)"}, "errors:1 prints")],
}


@pytest.mark.parametrize(
    ("rule", "files", "complaint"),
    [
        pytest.param(rule, files, complaint, id=rule.__name__)
        for rule in RULES
        for files, complaint in [BAD[rule.__name__], *MORE_BAD.get(rule.__name__, [])]
    ],
)
def test_the_rule_can_fail(rule, files, complaint, tmp_path):
    for name, source in files.items():
        path = tmp_path / "convalgebra" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    assert any(complaint in line for line in rule(tmp_path / "convalgebra"))


# --- the running library ----------------------------------------------------------------------------------------------


def test_the_package_loads_neither_sympy_nor_scipy():
    code = "import sys, convalgebra; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True, cwd=PACKAGE.parent)
    roots = {name.partition(".")[0] for name in loaded.split()}
    assert roots & {"sympy", "scipy", *ONE_FILE_EACH} == set()
    assert "convalgebra" in roots


def test_every_atom_exists():
    assert operators(PACKAGE).keys() >= ATOMS


@pytest.mark.parametrize("name", ca.__all__)
def test_every_public_name_has_a_docstring_with_a_doctest(name):
    """An error class shows its message where it is raised, and needs no doctest of its own."""
    thing = getattr(ca, name)
    if isinstance(thing, str):
        return
    documented = inspect.getdoc(thing) or ""
    assert documented
    if not (isinstance(thing, type) and issubclass(thing, Exception)):
        assert doctest.DocTestParser().get_examples(documented)
