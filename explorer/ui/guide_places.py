"""Where the steps of the Guide page send people to look."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from explorer.records import Run
from explorer.ui import compare_address
from explorer.ui.guide_steps import FEW, FIRST, LENET, MANY, RATES, RELU, SIGMOID

Runs = Mapping[str, Run]


@dataclass(frozen=True, slots=True)
class Place:
    """A page with the parameters of its address; ``view`` is the view of a run that it opens with."""

    label: str
    icon: str
    page: str
    parameters: Callable[[Runs], dict[str, str]]
    view: str = ""


def _run(name: str) -> Callable[[Runs], dict[str, str]]:
    return lambda runs: {"run": str(runs[name].id)}


def _compared(*names: str) -> Callable[[Runs], dict[str, str]]:
    return lambda runs: compare_address.as_query([runs[name].id for name in names])


PLACES: dict[str, tuple[Place, ...]] = {
    "first": (Place("Open the run", ":material/show_chart:", "run", _run(FIRST)),),
    "mistakes": (Place("Look at its mistakes", ":material/grid_on:", "run", _run(FIRST), "Mistakes"),),
    "weights": (Place("Look at its weights", ":material/blur_on:", "run", _run(FIRST), "Weights"),),
    "rate": (
        Place(
            "Their curves beside one another", ":material/stacked_line_chart:", "compare",
            _compared(*(f"rate {rate:g}" for rate in RATES)),
        ),
    ),
    "gradient": (
        Place("Layers of the sigmoids", ":material/layers:", "run", _run(SIGMOID), "Layers"),
        Place("Layers of the ReLUs", ":material/layers:", "run", _run(RELU), "Layers"),
    ),
    "shift": (
        Place(
            "Shift the digits", ":material/shield:", "robustness",
            lambda runs: {"runs": f"{runs[FIRST].id},{runs[LENET].id}", "change": "shift"},
        ),
    ),
    "few": (Place("Their curves", ":material/stacked_line_chart:", "compare", _compared(FEW, MANY)),),
    "draw": (Place("Draw a digit", ":material/draw:", "draw", lambda runs: {"runs": str(runs[FIRST].id)}),),
}  # fmt: skip
