"""Network architectures: their shapes and costs, initial weights, forward pass and checkpoints."""
