"""The controls of the Train page: three knobs at first sight, the rest folded by topic."""

from collections.abc import Callable, Collection

import streamlit as st

from explorer.config.fields import field
from explorer.data.words import title_of
from explorer.ui import controls, form, lesson, networks, state
from explorer.ui.form import Reading, Values
from explorer.ui.schedule_preview import schedule_preview
from explorer.ui.wording import CHANGED, plain

NETWORK = f"{controls.KNOB}network"
SCHEDULE = "Optimizer and schedule"


def knobs(
    current: Values,
    reading: Reading,
    *,
    left_out: Collection[str] = (),
    beside_rate: Callable[[], None] | None = None,
) -> None:
    """Network, optimizer, learning rate; without those of the last two that are set elsewhere."""
    hidden = lesson.now().is_hidden
    has_network = not hidden("network.hidden")
    first, second = st.columns(2)
    with first:
        if has_network:
            _network_knob(current)
    with second:
        optimizer = field("optimizer.name")
        if optimizer is not None and optimizer.path not in left_out and not hidden(optimizer.path):
            controls.draw(optimizer, current, reading)
    own = (networks.OWN_LAYERS, networks.OWN_CONVOLUTIONS)
    if has_network and state.recall(state.key_of(NETWORK)) in own:
        if current["network.kind"] == "cnn":
            controls.draw_blocks(current, reading)
        controls.draw_units(current, reading)
    if "optimizer.learning_rate" not in left_out and not hidden("optimizer.learning_rate"):
        controls.draw_learning_rate(current, reading, beside_rate)


def topics(current: Values, reading: Reading) -> None:
    """One fold a topic; its line says what it holds and how many of its fields were changed."""
    for topic in form.TOPICS:
        hidden = lesson.now().is_hidden
        entries = tuple(entry for entry in form.shown_fields(topic) if not hidden(entry.path))
        if not entries:
            continue
        paths = tuple(entry.path for entry in entries)
        changed = form.changed_fields(current, paths)
        wrong = any(reading.problems_of(path) for path in paths)
        mark = f"  :primary-badge[{len(changed)} changed]" if changed else ""
        mark += "  :red-badge[:material/error: to mend]" if wrong else ""
        label = f"{topic} :gray[· {plain(summary(topic, current))}]{mark}"
        with st.expander(label, key=f"topic:{topic}", icon=_ICONS[topic]):
            in_play = [entry for entry in entries if not form.why_not(entry.path, current)]
            for start in range(0, len(in_play), 2):
                for column, entry in zip(st.columns(2), in_play[start : start + 2], strict=False):
                    with column:
                        controls.draw(entry, current, reading)
            is_told = not (hidden("schedule.name") or hidden("optimizer.learning_rate"))
            if topic == SCHEDULE and is_told and reading.config is not None:
                schedule_preview(reading.config)
            _left_out(topic, current)


def summary(topic: str, current: Values) -> str:
    """What a folded topic holds, in a few words."""
    if topic == "Data":
        size = current["data.train_size"]
        sized = f", {size:,} images" if isinstance(size, int) else ""
        return (
            title_of(current["data.dataset"]) + sized + (", HOG" if current["data.features"] == "hog" else "")
        )
    if topic == "Network":
        return str(title_of(current["network.activation"]))
    if topic == SCHEDULE:
        return f"{title_of(current['schedule.name']).lower()} rate"
    if topic == "Regularisation":
        entries = {entry.path: entry.title for entry in form.shown_fields(topic)}
        used = form.changed_fields(current, tuple(entries))
        return ", ".join(entries[path] for path in used) or "none"
    epochs, batch = current["training.epochs"], current["training.batch_size"]
    passes = f"{epochs:,} epoch{'s' * (epochs != 1)}" if isinstance(epochs, int) else f"{epochs} epochs"
    sized = f"{batch:,}" if isinstance(batch, int) else str(batch)
    return f"{passes}, {'full batch' if sized == 'full' else f'batch {sized}'}"


_ICONS = {
    "Data": ":material/image:",
    "Network": ":material/lan:",
    "Optimizer and schedule": ":material/trending_down:",
    "Regularisation": ":material/tune:",
    "Training": ":material/timer:",
}


def _left_out(topic: str, current: Values) -> None:
    titles: dict[str, list[str]] = {}
    for entry in form.shown_fields(topic):
        if lesson.now().is_hidden(entry.path):
            continue
        if reason := form.why_not(entry.path, current):
            titles.setdefault(reason, []).append(entry.title)
    if titles:
        reasons = [f"**{', '.join(of_one)}**: {plain(reason)}" for reason, of_one in titles.items()]
        st.caption("  \n".join(["Not in play:", *reasons]))


def _network_knob(current: Values) -> None:
    name = state.recall(state.key_of(NETWORK))
    if not networks.fits(name, current):
        name = networks.name_of(current)
        state.renew(NETWORK)
    key = state.key_of(NETWORK)
    is_locked = lesson.now().is_locked("network.hidden")
    st.selectbox(
        "Network" + (CHANGED if form.changed_fields(current, form.NETWORK_FIELDS) else ""),
        networks.CHOICES,
        index=networks.CHOICES.index(name),
        key=key,
        on_change=_take_network,
        args=(key,),
        help="Hidden layers by their units, a known convolutional network, or one of your own. Larger ones "
        "learn more and take longer." + (f" {lesson.REASON}" if is_locked else ""),
        disabled=is_locked,
    )


def _take_network(key: str) -> None:
    name = state.recall(key)
    if name is not None:  # else it was made anew in the meantime
        controls.set_values(networks.fields_of(name, controls.values()))
