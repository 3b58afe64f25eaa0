"""The reliability diagram: how often a network is right when it says how sure it is."""

from dataclasses import dataclass

import plotly.graph_objects as go

from explorer.evaluation.calibration import Calibration
from explorer.plots.palette import GROUND, NEUTRAL, POSITIVE, TEXT, faded

FEW = 10  # images; a bin of fewer says little


@dataclass(frozen=True, slots=True)
class ReliabilityBar:
    """One bin that has images: its edges, means and images; shares in [0, 1]."""

    low: float
    high: float
    confidence: float
    accuracy: float
    count: int

    @property
    def sentence(self) -> str:
        """The bin in words."""
        images = f"{self.count:,} image{'' if self.count == 1 else 's'}"
        return (
            f"{images} answered with {100 * self.low:.0f} to {100 * self.high:.0f} %:<br>"
            f"says {100 * self.confidence:.1f} % on average, right in {100 * self.accuracy:.1f} %"
        )


@dataclass(frozen=True, slots=True)
class Reliability:
    """Bars in ascending order; ``confidence`` and ``accuracy`` are means over all images, in [0, 1].

    ``error`` is the expected calibration error, in [0, 1].
    """

    bars: tuple[ReliabilityBar, ...]
    images: int
    confidence: float
    accuracy: float
    error: float

    @property
    def sentence(self) -> str:
        """What it comes to, in words."""
        gap = round(100 * (self.confidence - self.accuracy), 1)
        verdict = (
            "as sure as it is right"
            if not gap
            else f"{'over' if gap > 0 else 'under'}-confident by {abs(gap):.1f} points"
        )
        return (
            f"says {100 * self.confidence:.1f} % on average and is right in {100 * self.accuracy:.1f} %: "
            f"{verdict}"
        )


def reliability(measured: Calibration) -> Reliability:
    """From calibration by bins; bins without images are left out."""
    filled = [each for each in measured.bins if each.count]
    images = max(measured.images, 1)
    return Reliability(
        bars=tuple(
            ReliabilityBar(each.low, each.high, each.confidence, each.accuracy, each.count) for each in filled
        ),
        images=measured.images,
        confidence=sum(each.count * each.confidence for each in filled) / images,
        accuracy=sum(each.count * each.accuracy for each in filled) / images,
        error=measured.error,
    )


def draw_reliability(drawn: Reliability) -> go.Figure:
    """Bars over the bins with a point at each mean; on the diagonal a network is as right as it is sure.

    Bars of few images are paler. Above each stands how many images it has.
    """
    bars = drawn.bars
    figure = go.Figure()
    figure.add_bar(
        x=[50 * (bar.low + bar.high) for bar in bars],
        width=[100 * (bar.high - bar.low) * 0.92 for bar in bars],
        y=[100 * bar.accuracy for bar in bars],
        marker={"color": [faded(NEUTRAL, 0.45 if bar.count >= FEW else 0.18) for bar in bars]},
        hovertext=[bar.sentence for bar in bars],
        hovertemplate="%{hovertext}<extra></extra>",
        hoverlabel={"bgcolor": GROUND, "font": {"color": TEXT}},
        text=[f"{bar.count:,}" for bar in bars],
        textposition="outside",
        textfont={"color": TEXT, "size": 11},
        cliponaxis=False,
        constraintext="none",
    )
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", hoverinfo="skip",
        line={"color": faded(NEUTRAL, 1), "width": 1.5, "dash": "dash"},
    )  # fmt: skip
    figure.add_scatter(
        x=[100 * bar.confidence for bar in bars],
        y=[100 * bar.accuracy for bar in bars],
        mode="markers",
        cliponaxis=False,
        marker={
            "color": [faded(POSITIVE, 1 if bar.count >= FEW else 0.45) for bar in bars],
            "size": 9,
        },
        hovertext=[bar.sentence for bar in bars],
        hovertemplate="%{hovertext}<extra></extra>",
        hoverlabel={"bgcolor": GROUND, "font": {"color": TEXT}},
    )
    axis = {"tickvals": list(range(0, 101, 20)), "zeroline": False, "fixedrange": True}
    figure.update_xaxes(title="says (%)", range=[0, 100], showgrid=False, **axis)
    figure.update_yaxes(title="is right (%)", range=[0, 108], **axis)
    figure.update_layout(
        height=340, margin={"l": 10, "r": 10, "t": 10, "b": 10}, showlegend=False, dragmode=False
    )
    return figure
