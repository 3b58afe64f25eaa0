"""Training outside the dashboard: queue, runner, worker processes and the locks that prove them alive."""
