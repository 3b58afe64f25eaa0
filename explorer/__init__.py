"""Train small neural networks on handwritten digits and see what they learn."""
