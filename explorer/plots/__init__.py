"""Figures: each is a frozen value that is computed, and a plotly figure drawn from it."""
