"""What a linter of imports cannot see of the architecture."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
UI = sorted((ROOT / "explorer" / "ui").rglob("*.py"))
LIBRARY = sorted((ROOT / "explorer").rglob("*.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported_modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def attributes_of_streamlit(path: Path) -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "st"
    }


def test_there_are_scripts_to_check():
    assert len(SCRIPTS) >= 3
    assert len(LIBRARY) >= 40


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_page_imports_streamlit_and_the_ui_only(path: Path):
    outside = {
        name for name in imported_modules(path) if name != "streamlit" and not name.startswith("explorer.ui")
    }
    assert not outside


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_page_defines_no_functions_or_classes(path: Path):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    assert not [node for node in ast.walk(tree(path)) if isinstance(node, kinds)]


def test_what_redraws_itself_does_so_at_the_pace_that_many_tabs_share():
    users = {
        path.name
        for path in [*UI, *SCRIPTS]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.keyword) and node.arg == "run_every"
    }
    assert users == {"pace.py"}


def test_session_state_is_touched_in_one_module():
    users = {path.name for path in [*UI, *SCRIPTS] if "session_state" in attributes_of_streamlit(path)}
    assert users == {"state.py"}


def constants_of(path: Path) -> dict[str, str]:
    """The texts that names of a module stand for."""
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return {name: value for name, value in vars(module).items() if isinstance(value, str)}


def test_no_widgets_value_is_assigned():
    """A value assigned to a widget's key is told to the browser once, and may be lost: see ui/state.py."""
    drawn, assigned = set(), set()
    for path in UI:
        names = constants_of(path)
        for call in [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]:
            key = next((word.value for word in call.keywords if word.arg == "key"), None)
            is_bound = any(word.arg == "bind" for word in call.keywords)
            if key is not None and not is_bound:  # a bound widget tells its value by the address
                drawn.add(said_by(key, names))
            if ast.unparse(call.func) in ("state.keep", "state.show_in") and path.name != "scrubber.py":
                assigned.add(said_by(call.args[0], names))  # Play sets the slider at every tick
    assert len(drawn) > 100
    assert len(assigned) > 30
    assert not drawn & assigned


def said_by(expression: ast.expr, names: dict[str, str]) -> str:
    source = ast.unparse(expression)
    if isinstance(expression, ast.Constant):
        return str(expression.value)
    return names.get(source, source)


def test_caches_are_declared_in_one_module():
    users = {
        path.name
        for path in [*UI, *SCRIPTS]
        if {"cache_data", "cache_resource"} & attributes_of_streamlit(path)
    }
    assert users == {"cache.py"}


def test_no_page_writes_html_or_styles_of_its_own():
    for path in [*UI, *SCRIPTS]:
        text = path.read_text(encoding="utf-8")
        assert "unsafe_allow_html" not in text, path
        assert "st.html" not in text, path


def test_packages_re_export_nothing():
    for path in LIBRARY:
        if path.name == "__init__.py":
            assert all(isinstance(node, ast.Expr) for node in tree(path).body), path


def test_nothing_is_unpickled():
    for path in LIBRARY:
        modules = imported_modules(path)
        assert not modules & {"pickle", "joblib", "shelve", "dill"}, path
        assert "torch.load" not in path.read_text(encoding="utf-8"), path


def test_modules_stay_readable():
    long = {
        str(path.relative_to(ROOT)): n for path in LIBRARY if (n := len(path.read_text().splitlines())) > 400
    }
    assert not long


def test_the_dashboard_process_does_not_load_torch():
    program = (
        "import importlib, pkgutil, sys, explorer.ui\n"
        "for module in pkgutil.iter_modules(explorer.ui.__path__, 'explorer.ui.'):\n"
        "    importlib.import_module(module.name)\n"
        "heavy = {'torch', 'torchvision', 'sklearn', 'skimage'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {sorted(heavy)}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
