"""Whether a Redis answers, asked once: the client's own retries would take seconds."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

PROBE_SECONDS = 2.0


def redis_problem(url: str) -> str:
    """The kind of error that a ping of the Redis ends with; empty when it is answered."""
    client = redis.Redis.from_url(
        url, socket_timeout=PROBE_SECONDS, socket_connect_timeout=PROBE_SECONDS, retry=Retry(NoBackoff(), 0)
    )
    try:
        client.ping()
    except redis.RedisError as error:
        return type(error).__name__
    finally:
        client.close()
    return ""
