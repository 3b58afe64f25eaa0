"""What the Compare page shows, as tests look at it."""

import json
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from explorer.data.files import load_arrays
from explorer.data.partition import partition
from explorer.records import Run
from explorer.settings import Settings


def charts(tab: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.json) for chart in tab.get("bidi_component")]


def figures(tab: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in tab.get("plotly_chart")]


def lines(tab: AppTest) -> list[str]:
    return [line["name"] for line in charts(tab)[0]["lines"]]


def board(tab: AppTest) -> Any:
    return tab.dataframe[0].value.set_index("name")


def view(tab: AppTest, name: str) -> AppTest:
    return tab.segmented_control(key="compare.view").set_value(name).run()


def labels_of(run: Run, home: Settings) -> np.ndarray:
    arrays = load_arrays(run.config.data.dataset, home.data)
    return arrays.train_labels[partition(arrays.train_labels, arrays.test_labels, run.config.data).validation]
