"""CUDA graphs, where there is a GPU: ours against the same steps kernel by kernel, and a plain loop's."""

from explorer.cli.bench.cases import Case
from explorer.cli.bench.child import measure
from explorer.cli.bench.measurement import Measurement, Target
from explorer.settings import Settings

GRAPHS = Target("at least", 4)
PLAIN = Target("at most", 10)  # percent


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
        meaning=meaning,
        unit="×",
        target=GRAPHS,
        values=tuple(slow / fast for slow, fast in zip(eager, graph, strict=True)),
        sides={"eager": eager, "graph": graph},
        device=result["device"],
    )


def measure_plain_graph(settings: Settings, images: int, repetitions: int) -> Measurement:
    """By how much an epoch of our single run exceeds one of a plain loop whose step is a CUDA graph."""
    result = measure(
        "explorer.cli.bench.plain_graph", [str(settings.data), str(images), str(repetitions)], settings
    )
    name, meaning = "cuda graph plain", "epoch of 784-500-250-100-10 b64, ours / a plain loop's, less 1"
    if "skipped" in result:
        return Measurement(name, meaning, "%", PLAIN, skipped=result["skipped"])
    ours, plain = tuple(result["ours"]), tuple(result["plain"])
    return Measurement(
        name=name,
        meaning=meaning,
        unit="%",
        target=PLAIN,
        values=tuple(100 * (slow / fast - 1) for slow, fast in zip(ours, plain, strict=True)),
        sides={"ours": ours, "plain": plain},
        device=result["device"],
    )
