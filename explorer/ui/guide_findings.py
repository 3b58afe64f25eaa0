"""What came out of the steps of the Guide page, in words with the numbers that the store holds."""

from collections.abc import Callable, Mapping, Sequence

from explorer.data.words import figure
from explorer.evaluation.change_levels import CHANGE_LEVELS
from explorer.records import EpochMetrics, Evaluation, Run, RunResult
from explorer.storage.analyses import key_of
from explorer.storage.arrays import unpack
from explorer.storage.store import Store
from explorer.ui.guide_steps import FEW, FEW_IMAGES, FIRST, LENET, MANY, RATES, RELU, SIGMOID

Runs = Mapping[str, Run]
SHIFT = CHANGE_LEVELS["shift"]
SHIFTED = 2
CLEAR_GAP, CLEAR_RISE = 0.05, 1.1  # less is within what another split would change


def finding(step: str, store: Store, runs: Runs) -> str:
    """What came out, as Markdown; empty where it is not known yet. ``runs`` are all that the step has."""
    return _FINDINGS[step](store, runs)


def percent(share: float) -> str:
    """A share as it is read aloud: 96.1 %."""
    return f"{100 * share:.1f} %"


def times_smaller(first: float, last: float) -> str:
    """How much smaller one gradient is than another."""
    if first <= 0:
        return "nothing at all arrives"
    ratio = last / first
    if ratio <= 1:
        return "no smaller"
    return f"{ratio:,.0f} times smaller" if ratio >= 10 else f"{ratio:.1f} times smaller"


def most_confused(test: Evaluation) -> tuple[int, int, int]:
    """The true digit, what it was read as, and how often; the most frequent mistake."""
    cells = [
        (count, true, answer)
        for true, row in enumerate(test.confusion)
        for answer, count in enumerate(row)
        if true != answer
    ]
    count, true, answer = max(cells, key=lambda cell: (cell[0], -cell[1], -cell[2]))
    return true, answer, count


def _first(store: Store, runs: Runs) -> str:
    test = _result(runs[FIRST]).test
    epochs = store.epochs(runs[FIRST].id, layers=False)
    return (
        f"It read **{test.correct:,} of {test.images:,}** test digits right, **{percent(test.accuracy)}**."
        f"{_course(epochs)} Guessing would give about 10 %."
    )


def _mistakes(_: Store, runs: Runs) -> str:
    test = _result(runs[FIRST]).test
    wrong = test.images - test.correct
    if not wrong:
        return f"It misread none of {test.images:,} test digits."
    true, answer, count = most_confused(test)
    hardest = min(range(len(test.per_class)), key=lambda digit: test.per_class[digit].recall)
    return (
        f"It misread **{wrong:,} of {test.images:,}** test digits. Its most frequent mistake: a **{true} "
        f"read as {answer}**, {_often(count)}. The hardest digit was {hardest}, of which it found "
        f"{percent(test.per_class[hardest].recall)}."
    )


def _weights(store: Store, runs: Runs) -> str:
    epochs = store.epochs(runs[FIRST].id)
    if not epochs or not epochs[0].layers:
        return ""
    before, after = epochs[0].layers[0].weight_norm, epochs[-1].layers[0].weight_norm
    return (
        f"From epoch 1 to {epochs[-1].epoch} the norm of the first layer's weights went from "
        f"**{before:.2f} to {after:.2f}**.{_course(epochs)} Weights change only where the images have "
        "ink: a pixel that is always black gives no gradient, so its weights stay the noise that they began "
        "with."
    )


def _rate(store: Store, runs: Runs) -> str:
    lines, scores = [], {}
    for rate in RATES:
        run = runs[f"rate {rate:g}"]
        result = run.network_result
        if result is None:
            lines.append(f"| {figure(rate)} | diverged | – |")
            continue
        epochs = store.epochs(run.id, layers=False)
        validated = result.validation or result.test
        scores[rate] = validated.accuracy
        loss = f"{epochs[0].train_loss:,.3f} → {epochs[-1].train_loss:,.3f}" if epochs else "–"
        lines.append(f"| {figure(rate)} | {percent(validated.accuracy)} | {loss} |")
    table = "\n".join(["| learning rate | validation accuracy | training loss |", "|--:|--:|--:|", *lines])
    if not scores:
        return f"{table}\n\nAll of them diverged."
    best = max(scores, key=lambda rate: (scores[rate], -rate))
    slowest, fastest = min(scores), max(scores)
    said = [f"**{figure(best)}** came furthest: {percent(scores[best])}."]
    if slowest < best:
        said.append(f"At {figure(slowest)} the steps are short: {percent(scores[slowest])} so far.")
    if fastest > best:
        said.append(f"At {figure(fastest)} they overshoot: {percent(scores[fastest])}.")
    return f"{table}\n\n{' '.join(said)}"


def _gradient(_: Store, runs: Runs) -> str:
    said = []
    for name, called in ((SIGMOID, "With sigmoids"), (RELU, "With ReLUs")):
        result = runs[name].network_result
        if result is None:
            said.append(f"{called} the training diverged.")
            continue
        first, last = result.layers[0].gradient_norm, result.layers[-1].gradient_norm
        if first is None or last is None:
            return ""
        said.append(
            f"{called} the gradient is **{_small(last)}** in the last layer and **{_small(first)}** in "
            f"the first: {times_smaller(first, last)}. It reads {percent(result.test.accuracy)} of "
            "the test digits."
        )
    return "\n\n".join(said)


def _shift(store: Store, runs: Runs) -> str:
    said = []
    for name, called in ((FIRST, "the fully connected network"), (LENET, "LeNet")):
        shares = _shares(store, runs[name])
        if not shares:
            return ""
        moved, unmoved = (shares[SHIFT.levels.index(pixels)] for pixels in (SHIFTED, SHIFT.none))
        said.append(f"{called} reads **{percent(moved)}** ({percent(unmoved)} unmoved)")
    return f"Of the digits shifted by {SHIFTED} pixels, {' and '.join(said)}."


def _few(store: Store, runs: Runs) -> str:
    said = []
    for name, called in ((FEW, f"From {FEW_IMAGES} digits"), (MANY, "From all")):
        run = runs[name]
        if run.network_result is None:
            said.append(f"{called}: the training diverged.")
            continue
        epochs = store.epochs(run.id, layers=False)
        validated = [(known.validation_loss, known) for known in epochs if known.validation_loss is not None]
        last = epochs[-1]
        if not validated or last.validation_accuracy is None or last.validation_loss is None:
            return ""
        gap = last.train_accuracy - last.validation_accuracy
        by_heart = f": {100 * gap:.1f} points less, which it learned by heart" if gap >= CLEAR_GAP else ""
        least, when = min(validated, key=lambda pair: pair[0])
        said.append(
            f"{called} it reads **{percent(last.train_accuracy)}** of those it learned from, and "
            f"**{percent(last.validation_accuracy)}** of others{by_heart}. "
            f"{_since(when, least, last, last.validation_loss)}"
        )
    return "\n\n".join(said)


def _since(when: EpochMetrics, least: float, last: EpochMetrics, loss: float) -> str:
    if when.epoch == last.epoch:
        return "Its validation loss still falls."
    if loss < least * CLEAR_RISE:
        return (
            f"Its validation loss was least after epoch {when.epoch} ({least:.3f}) and has hardly moved "
            f"since ({loss:.3f})."
        )
    return (
        f"Its validation loss was least after epoch {when.epoch} ({least:.3f}) and rose to {loss:.3f} "
        "since: that is over-fitting."
    )


def _draw(store: Store, _: Runs) -> str:
    count = sum(store.handwriting.counts())
    if not count:
        return ""
    return f"**{count:,}** drawing{'s' * (count != 1)} of digits kept, each with its label."


_FINDINGS: dict[str, Callable[[Store, Runs], str]] = {
    "first": _first,
    "mistakes": _mistakes,
    "weights": _weights,
    "rate": _rate,
    "gradient": _gradient,
    "shift": _shift,
    "few": _few,
    "draw": _draw,
}


def _result(run: Run) -> RunResult:
    result = run.network_result
    if result is None:  # only a run that is done is asked
        raise ValueError(f"run {run.id} has no result")
    return result


def _course(epochs: Sequence[EpochMetrics]) -> str:
    known = [epoch.validation_accuracy for epoch in epochs if epoch.validation_accuracy is not None]
    if len(known) < 2:
        return ""
    return (
        f" On the digits held back it went from {percent(known[0])} after the first epoch to "
        f"{percent(known[-1])} after the last."
    )


def _shares(store: Store, run: Run) -> list[float]:
    """How many shifted images it reads, level by level, where the Robustness page was asked already."""
    base = {"run_id": run.id, "epoch": _result(run).kept_epoch, "part": "validation", "change": "shift"}
    keys = [key_of("robustness", {**base, **portion}) for portion in ({"images": 1000}, {})]
    for answer in store.analyses.answers(keys).values():
        shares = unpack(answer).get("accuracies")
        if shares is not None and len(shares) == len(SHIFT.levels):
            return [float(share) for share in shares]
    return []


def _often(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def _small(value: float) -> str:
    return f"{value:.2g}" if value >= 0.001 else f"{value:.1e}".replace("e-0", "e-")
