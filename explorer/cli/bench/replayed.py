"""Steps replayed as CUDA graphs against the same steps kernel by kernel, where there is a GPU."""

from explorer.cli.bench.cases import Case
from explorer.cli.bench.child import measure
from explorer.cli.bench.measurement import Measurement, Target
from explorer.settings import Settings

GRAPHS = Target("at least", 4)


def measure_graphs(case: Case, settings: Settings, images: int, repetitions: int) -> Measurement:
    """How many times faster an epoch of batches of 64 is when its steps are replayed."""
    arguments = [str(settings.data), case.name, str(images), str(repetitions)]
    result = measure("explorer.cli.bench.graphs", arguments, settings)
    name, meaning = f"cuda graph {case.name} b64", "seconds of an eager epoch / of a replayed one"
    if "skipped" in result:
        return Measurement(name, meaning, "×", GRAPHS, skipped=result["skipped"])
    eager, graph = tuple(result["eager"]), tuple(result["graph"])
    return Measurement(
        name=name,
        meaning=f"{meaning}, on {result['device']}",
        unit="×",
        target=GRAPHS,
        values=tuple(slow / fast for slow, fast in zip(eager, graph, strict=True)),
        sides={"eager": eager, "graph": graph},
    )
