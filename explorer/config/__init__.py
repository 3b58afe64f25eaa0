"""What a run is asked to do: the validated configuration tree and its dotted fields."""
