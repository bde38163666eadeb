"""What Prometheus reads of predictions on request, as the site counts them."""

from prometheus_client import Counter, Histogram

REQUESTS = Counter("attrx_predict_requests", "Predictions that were asked for.", ["outcome"])
"""answered; refused: what was asked cannot be used; busy and unanswered: 503."""
SECONDS = Histogram(
    "attrx_predict_seconds",
    "From the request to the answer, of those that were answered.",
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30),
)
TOGETHER = Histogram(
    "attrx_predict_batch_size",
    "Requests that one call of the model answered, seen from each of them.",
    buckets=(1, 2, 4, 8, 16, 32),
)
