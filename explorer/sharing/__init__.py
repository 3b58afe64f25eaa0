"""What leaves this installation and what comes into it: exports of runs, and bundles."""
