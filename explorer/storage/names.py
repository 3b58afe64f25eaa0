"""The name a run has until its owner gives it another."""

from explorer.config.run import RunConfig


def default_name(config: RunConfig) -> str:
    """Architecture, activation and optimizer in short: ``512-128 · relu · adam 0.001``."""
    network, optimizer = config.network, config.optimizer
    convolutions = "-".join(str(block.filters) for block in network.blocks)
    dense = "-".join(str(units) for units in network.hidden)
    parts = [convolutions and f"conv {convolutions}", dense]
    architecture = network.preset or " + ".join(part for part in parts if part)
    return f"{architecture} · {network.activation} · {optimizer.name} {optimizer.learning_rate:g}"
