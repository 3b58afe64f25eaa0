"""The command line: what it takes, what it prints, and how it exits."""
