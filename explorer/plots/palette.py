"""The colours of every figure, chosen to be told apart by all eyes on light and on dark ground."""

# The theme's ten colours for lines (.streamlit/config.toml holds the same), after Okabe & Ito (2008).
# Figures name none of them: lines take them in turn from the theme, which follows light and dark at once.
LIGHT = (
    "#0072b2", "#d55e00", "#009e73", "#b5568f", "#b07d00",
    "#3a9bd5", "#6b4c9a", "#7a7a7a", "#8c510a", "#1b2530",
)  # fmt: skip
DARK = (
    "#56b4e9", "#ff9152", "#2fc79a", "#e39ac6", "#f0c04a",
    "#2f8fd0", "#b79be0", "#a8b0b8", "#cf9a5b", "#f2f4f6",
)  # fmt: skip

# The first four stay apart for people who confuse red and green, or blue and yellow; then dashes tell more.
DISTINCT = 4
DASHES = ("solid", "dash", "dot", "dashdot")

# Of middle lightness, so that they show on either ground.
NEGATIVE = (0, 120, 190)
POSITIVE = (220, 100, 10)
NEUTRAL = (128, 138, 150)

# Streamlit puts the theme's own strongest grey and its ground in the place of these two near-blacks.
TEXT = "#000037"
GROUND = "#000038"

ColorScale = list[tuple[float, str]]


def faded(color: tuple[int, int, int], alpha: float) -> str:
    """A colour through which the page shows; at 0 only the page is left, in either theme."""
    return f"rgba({color[0]}, {color[1]}, {color[2]}, {alpha:g})"


# From the page's own ground to full colour: nothing stands out where there is nothing, light or dark.
SEQUENTIAL: ColorScale = [(0.0, faded(POSITIVE, 0.12)), (1.0, faded(POSITIVE, 0.7))]
DIVERGING: ColorScale = [
    (0.0, faded(NEGATIVE, 1)),
    (0.5, faded(NEGATIVE, 0)),
    (0.5, faded(POSITIVE, 0)),
    (1.0, faded(POSITIVE, 1)),
]


def dash(index: int) -> str:
    """The dash of the line with this number: solid for the first four, then another for each four."""
    return DASHES[index // DISTINCT % len(DASHES)]
