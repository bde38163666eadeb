"""Benchmarks of the loop's costly parts against what its libraries do by themselves."""
