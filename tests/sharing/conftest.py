"""Fixtures of the exports' tests."""

from tests.cli.conftest import environment, recorded_run  # noqa: F401  # the same recorded run
