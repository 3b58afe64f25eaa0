"""The engine: trains one network and yields records of what happened."""
