"""Classical baselines: hand-crafted features, and methods that are fitted to them."""
