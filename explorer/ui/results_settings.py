"""The settings of runs: which differ from the defaults, and which differ from one another."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from explorer.config.fields import changed_values, field_of_either
from explorer.data.words import setting_in_words, setting_title
from explorer.evaluation.differences import differing_paths, settings_in_effect
from explorer.records import Run


def settings_that_differ(run: Run) -> None:
    """Draw the settings in which the run differs from the defaults."""
    table = changed_settings(run)
    if table.empty:
        st.info("Every setting of this run has its default.", icon=":material/tune:")
        return
    st.dataframe(table, hide_index=True, alt="Settings that differ from the defaults")
    st.caption("All other settings have their defaults.")


def changed_settings(run: Run) -> pd.DataFrame:
    """One row a changed setting: its title, the run's value, the default."""
    rows = []
    for path, value in changed_values(run.config).items():
        entry = field_of_either(path)
        default = entry.default if entry is not None else None
        rows.append((setting_title(path), setting_in_words(path, value), setting_in_words(path, default)))
    return pd.DataFrame(rows, columns=["Setting", "This run", "Default"])


def differing_settings(runs: Sequence[Run], names: Sequence[str]) -> pd.DataFrame:
    """One row a setting in which the runs differ, one column a run."""
    values = [settings_in_effect(run) for run in runs]
    rows = [
        (setting_title(path), *(setting_in_words(path, value.get(path)) for value in values))
        for path in differing_paths(runs)
    ]
    return pd.DataFrame(rows, columns=["Setting", *names])
