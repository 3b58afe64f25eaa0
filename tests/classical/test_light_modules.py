import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "name", ["feature_files", "features", "illustration", "neighbours", "scores", "problems", "inputs"]
)
def test_what_a_page_may_import_loads_no_heavy_library(name):
    program = (
        f"import sys, explorer.classical.{name}\n"
        "sys.exit(str({'torch', 'sklearn', 'skimage', 'scipy'} & set(sys.modules) or ''))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert not done.stderr.strip()
