"""How good a network is: losses, metrics, evaluation on a split, and its units at work."""
