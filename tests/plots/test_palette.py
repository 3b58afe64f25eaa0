import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest

from explorer.plots.palette import DARK, DISTINCT, LIGHT, NEGATIVE, POSITIVE, dash

CONFIG = Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"
# Machado, Oliveira & Fernandes (2009), severity 1, for linear RGB.
SIMULATIONS = {
    "none": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
    ],
}  # fmt: skip


def linear(color: str) -> np.ndarray:
    share = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize(("theme", "colors"), [("light", LIGHT), ("dark", DARK)])
def test_the_theme_has_the_palette_and_its_lines_stand_out_from_its_ground(
    theme: str, colors: tuple[str, ...]
):
    chosen = tomllib.loads(CONFIG.read_text())["theme"][theme]
    assert tuple(chosen["chartCategoricalColors"]) == colors
    assert len(colors) == 10
    assert min(contrast(color, chosen["backgroundColor"]) for color in colors) >= 3


@pytest.mark.parametrize("colors", [LIGHT, DARK])
@pytest.mark.parametrize("sight", SIMULATIONS)
def test_the_first_lines_differ_to_every_kind_of_sight(colors: tuple[str, ...], sight: str):
    seen = [lab(np.asarray(SIMULATIONS[sight]) @ linear(color)) for color in colors[:DISTINCT]]
    # Two colours 2.3 apart in CIELAB are just told apart side by side (Mahy et al., 1994).
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 4 * 2.3


def test_the_two_signs_of_a_weight_show_on_white_and_on_black():
    for color in (NEGATIVE, POSITIVE):
        text = "#{:02x}{:02x}{:02x}".format(*color)
        assert contrast(text, "#ffffff") >= 3
        assert contrast(text, "#12171d") >= 3


def test_lines_that_share_a_place_among_the_first_four_differ_in_their_dash():
    assert [dash(index) for index in (0, 3, 4, 8, 12)] == ["solid", "solid", "dash", "dot", "dashdot"]
