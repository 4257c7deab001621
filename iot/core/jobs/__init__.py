"""Job executions and rollouts as state tables."""
