"""What somebody guessed before a lab was run, kept beside what came out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite

from explorer.errors import RunStateError
from explorer.evaluation.paired import in_a_sentence
from explorer.evaluation.repeats import compare_repeats, why_not
from explorer.labs.experiment import Lab
from explorer.labs.measured import measure, runs_of
from explorer.records import Run
from explorer.storage.store import Store

MOST_KEPT = 200
MOST_POINTS = 100.0
AS_GUESSED = 0.1  # points; nearer than this the guess was right


@dataclass(frozen=True, slots=True)
class Guess:
    """Which experiment wins, and by how many percentage points over the next best; when it was made."""

    winner: str
    points: float
    made_at: datetime


def guesses(store: Store, lab: Lab, *, quick: bool) -> tuple[Guess, ...]:
    """All guesses of this installation for a lab, the oldest first."""
    kept = store.setting(_key(lab, quick), default=[])
    return tuple(
        Guess(str(entry["winner"]), float(entry["points"]), datetime.fromisoformat(entry["made_at"]))
        for entry in kept
        if entry["winner"] in lab.question.experiments
    )


def is_open(store: Store, lab: Lab, *, quick: bool) -> bool:
    """Whether a guess is still one: none of the experiments that it is about has been measured."""
    found = runs_of(store, lab, quick=quick)
    return all(
        measure(store, lab, lab.find(name), found, quick=quick).n == 0 for name in lab.question.experiments
    )


def keep_guess(store: Store, lab: Lab, winner: str, points: float, *, quick: bool) -> Guess:
    """Keep one more; the same as the last one is kept once.

    Raises:
        KeyError: the lab's question does not offer this winner.
        ValueError: points are no number from 0 to 100.
        RunStateError: the outcome is known already.
    """
    if winner not in lab.question.experiments:
        raise KeyError(winner)
    if not isfinite(points) or not 0 <= points <= MOST_POINTS:
        raise ValueError(f"points must be from 0 to {MOST_POINTS:g}, got {points}")
    if not is_open(store, lab, quick=quick):
        raise RunStateError(
            "This guess comes too late and was not kept: some of the experiments have been measured already."
        )
    guess = Guess(winner, points, datetime.now(UTC))
    before = guesses(store, lab, quick=quick)
    if before and (before[-1].winner, before[-1].points) == (winner, points):
        return before[-1]
    entry = {"winner": winner, "points": points, "made_at": guess.made_at.isoformat()}
    kept = store.setting(_key(lab, quick), default=[])
    store.set_setting(_key(lab, quick), [*kept, entry][-MOST_KEPT:])
    return guess


def outcome_in_words(
    lab: Lab, guess: Guess, means: Mapping[str, float | None], *, is_done: bool = False
) -> str:
    """What was guessed against what was measured, in a few sentences.

    Once the lab ``is_done``, an experiment without a value (all its runs diverged) comes last.
    """
    title = lab.find(guess.winner).title
    guessed = f"Guessed: {title}, by {guess.points:g} {'point' if guess.points == 1 else 'points'}."
    known = {name: value for name in lab.question.experiments if (value := means.get(name)) is not None}
    if len(known) < (2 if is_done else len(lab.question.experiments)):
        return (
            f"{guessed} Not measured yet."
            if not is_done
            else f"{guessed} There is nothing to compare it with."
        )
    ranked = sorted(known, key=lambda name: known[name], reverse=True)
    margin = 100 * (known[ranked[0]] - known[ranked[1]])
    best = lab.find(ranked[0]).title
    if margin == 0 and guess.winner in ranked[:2]:
        return f"{guessed} It is a tie with {lab.find(ranked[1 - ranked.index(guess.winner)]).title}."
    if ranked[0] == guess.winner:
        off = margin - guess.points
        near = (
            "as guessed"
            if abs(off) < AS_GUESSED
            else f"{abs(off):.2f} {'more' if off > 0 else 'less'} than guessed"
        )
        return f"{guessed} It is so, by {margin:.2f} points: {near}."
    if guess.winner == ranked[1]:
        return f"{guessed} It is {best}, by {margin:.2f} points over it."
    behind = known.get(guess.winner)
    came = "has no value" if behind is None else f"is {100 * (known[ranked[0]] - behind):.2f} points behind"
    return f"{guessed} It is {best}, by {margin:.2f} points; {title} {came}."


def winner_in_words(lab: Lab, runs: Mapping[str, Sequence[Run]]) -> str:
    """Which experiment of the question wins, seed by seed, with its confidence interval; or what is missing.

    ``runs`` are those of each experiment by its name. Empty where fewer than two have ended, and where the
    question is not about accuracies on the same test images.
    """
    asked = {name: runs.get(name, ()) for name in lab.question.experiments}
    if any(lab.find(name).figure.metric != "test_accuracy" for name in asked):
        return ""
    means = {
        name: sum(values) / len(values)
        for name, own in asked.items()
        if (values := [run.result.test.accuracy for run in own if run.result is not None])
    }
    if len(means) < 2:
        return ""
    first, second, *_ = sorted(means, key=lambda name: means[name], reverse=True)
    if why_not(asked[first], asked[second], "test"):
        return ""
    found = compare_repeats(asked[first], asked[second], "test")
    if found is None:
        return ""
    titles = lab.find(first).title, lab.find(second).title
    sentence = in_a_sentence(found, *titles)
    return sentence if titles[0] in sentence else f"{titles[0]} or {titles[1]}? {sentence}"


def _key(lab: Lab, quick: bool) -> str:
    return f"lab.guesses.{lab.id}{'.quick' if quick else ''}"
