"""What the runs of one experiment show."""

import streamlit as st

from explorer.labs.experiment import Experiment
from explorer.ui.labs_look import LabNow


def evidence(now: LabNow, experiment: Experiment | None) -> None:
    """Draw it."""
    st.write(experiment.title if experiment else now.lab.id)
