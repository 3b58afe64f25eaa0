"""Looking inside trained networks: what they answer, what they learned, what they react to."""
