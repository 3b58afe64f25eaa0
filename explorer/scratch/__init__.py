"""The engine from scratch: an MLP's forward pass, backward pass and update, written out in NumPy."""
