"""Predictions on request: `asking` in the site, `queue` in Redis, and a `worker` whose model stays loaded."""
