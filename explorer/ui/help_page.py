"""The Help page: what to do here, and what the words mean."""

import streamlit as st

STEPS = """
1. On **Train**, choose a network, an optimizer and a learning rate. Everything else has a default and
   is folded away by topic; a changed setting is marked. A line under the button says what the run will cost.
2. Press **Train** (or Ctrl+Enter). The network learns in the background: you may close the tab, reload it,
   or start another run.
3. Watch the curves. **Pause** keeps everything and **Resume** goes on from there; **Stop** ends the run and
   tests what it has learned.
4. Under the curves, look inside: which images it misreads, what its units look for, what a class looks like
   to it. One slider moves everything along the epochs; **Play** shows how it came about.
5. Try many settings at once on **Sweep**, lay runs over one another on **Compare**, bend and blur the images
   on **Robustness**, let them read your own digits on **Draw**. **Backprop** takes one training step
   apart; **Classical** does without a network.
6. On **Runs**, select runs to open, compare, rename or delete them.

New here? The **Guide** goes through eight small experiments in about ten minutes.

The address bar carries every setting that is not a default, and the run that is shown. **Copy link**, beside
Train and on a run's page, gives the whole link, and makes a lesson of it: settings that are locked or hidden
for whoever opens it.
"""

WORDS = {
    "Run": "one network trained once, with one set of settings and one seed (or one classical method).",
    "Repeats": "runs that differ only in their seed: they tell how much is luck.",
    "Sweep": "runs that differ in one or two settings.",
    "Epoch": "one pass over all training images.",
    "Validation accuracy": "the share of right answers on images held back from training. "
    "Choose settings by it.",
    "Test accuracy": "the share of right answers on images that were looked at once, when the run ended.",
    "Dead unit": "a hidden unit whose activation is zero (ReLU family), or within 0.001 of saturation "
    "(sigmoid, tanh), on every image of the probe set.",
    "Inactive share": "the share of (unit, image) pairs of a batch through which almost no gradient flows: "
    "below 0.00001 in absolute value. Not the same as dead.",
    "Checkpoint": "the weights of a run at the end of an epoch, kept on disk.",
    "Worker": "the process that trains. Each device has one, and runs wait for it in a queue.",
    "Inspector": "the process that looks inside networks and answers what a page asks.",
}

IMAGES = """
The bundled digits need no download. MNIST and its siblings are fetched on request from the Train page, or
read from the data folder that the Workers page names. Nothing else leaves this machine.
"""


def show() -> None:
    """Draw the page."""
    st.title("Help")
    st.subheader("How it goes")
    st.markdown(STEPS)
    st.subheader("Words")
    st.markdown("\n".join(f"- **{word}**: {meaning}" for word, meaning in WORDS.items()))
    st.subheader("Where the images come from")
    st.markdown(IMAGES)
