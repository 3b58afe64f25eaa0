import shutil

import pytest

from explorer.cli.bench.dashboard import measure_dashboard


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium here")
def test_the_dashboard_opens_without_torch_in_its_process(settings):
    start, memory, torch = measure_dashboard(settings, 1)
    assert start.values[0] > 0
    assert "browser" in start.meaning
    assert memory.values[0] > 20
    assert torch.values == (0.0,)
