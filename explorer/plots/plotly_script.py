"""The browser's part of plotly, as it comes with the package."""

from importlib.resources import files


def plotly_script() -> bytes:
    """plotly.js, minified: some five megabytes of JavaScript."""
    return (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
