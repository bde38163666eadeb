"""Whether a process of the site is well, for what runs it: python -m attrx_web.probe web (or a queue).

Exit code 0: the site on port 8000 of this machine is ready, or the worker of the queue here has said within
half a minute that it is there. 1: it is not.
"""

import socket
import sys
from http.client import HTTPConnection, HTTPException

import redis

from attrx_web.env import Env, read_env

PORT = 8000
SECONDS = 4.0
WORKERS = "attrx:worker:"
"""Workers say under this key of Redis that they are there (training.presence)."""


def main(words: list[str]) -> int:
    """Probe what is named; the exit code."""
    if len(words) != 1:
        print("usage: python -m attrx_web.probe web|QUEUE", file=sys.stderr)
        return 2
    env = read_env()
    well = site_is_ready(env) if words[0] == "web" else worker_is_there(env, words[0])
    return 0 if well else 1


def site_is_ready(env: Env, port: int = PORT) -> bool:
    """The site answers that it can work."""
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/readyz", headers={"Host": env.allowed_hosts[0].lstrip(".")})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def worker_is_there(env: Env, queue: str) -> bool:
    """The first worker of the queue on this machine is there."""
    try:
        with redis.Redis.from_url(env.redis_url, socket_timeout=SECONDS) as client:
            return bool(client.exists(f"{WORKERS}{queue}@{socket.gethostname()}"))
    except redis.RedisError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
