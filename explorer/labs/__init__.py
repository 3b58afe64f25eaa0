"""The reports' experiments: what was run, what was reported, and what is measured here."""
