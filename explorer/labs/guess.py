"""What somebody guessed before a lab was run, kept beside what came out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from explorer.labs.experiment import Lab
from explorer.storage.store import Store

MOST_KEPT = 200


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


def keep_guess(store: Store, lab: Lab, winner: str, points: float, *, quick: bool) -> Guess:
    """Keep one more; raises KeyError for a winner that the lab's question does not offer."""
    if winner not in lab.question.experiments:
        raise KeyError(winner)
    guess = Guess(winner, points, datetime.now(UTC))
    entry = {"winner": winner, "points": points, "made_at": guess.made_at.isoformat()}
    kept = store.setting(_key(lab, quick), default=[])
    store.set_setting(_key(lab, quick), [*kept, entry][-MOST_KEPT:])
    return guess


def outcome_in_words(lab: Lab, guess: Guess, means: Mapping[str, float | None]) -> str:
    """What was guessed against what was measured, in a sentence or two."""
    title = lab.find(guess.winner).title
    guessed = f"Guessed: {title}, by {guess.points:g} points."
    known = {name: value for name in lab.question.experiments if (value := means.get(name)) is not None}
    if len(known) < len(lab.question.experiments):
        return f"{guessed} Not measured yet."
    ranked = sorted(known, key=lambda name: known[name], reverse=True)
    margin = 100 * (known[ranked[0]] - known[ranked[1]])
    best = lab.find(ranked[0]).title
    if ranked[0] == guess.winner:
        return f"{guessed} It is so, by {margin:.2f} points."
    return f"{guessed} It is {best}, by {margin:.2f} points."


def _key(lab: Lab, quick: bool) -> str:
    return f"lab.guesses.{lab.id}{'.quick' if quick else ''}"
