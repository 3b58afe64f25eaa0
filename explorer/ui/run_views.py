"""Which view of a run is looked at, and which of its images; set from anywhere in the tab."""

from explorer.ui import state

VIEWS = ("Mistakes", "Image", "Weights", "Units", "Classes", "Map", "Layers", "Settings")
VIEW = "run_panel.view"


def view_shown() -> str:
    """The view that the tab's run is looked at in."""
    shown = state.said(VIEW, VIEWS[0])
    return shown if shown in VIEWS else VIEWS[0]


def show_view(view: str) -> None:
    """Look at runs in this view from now on."""
    state.put(VIEW, view)


def show_image(run_id: int, index: int) -> None:
    """Look at this validation image of a run, in the Image view."""
    state.put(image_control(run_id), index)
    show_view("Image")


def image_control(run_id: int) -> str:
    """The widget that says which validation image of a run is looked at."""
    return f"image.index:{run_id}"
