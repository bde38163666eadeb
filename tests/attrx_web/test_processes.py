"""Real child processes: an embedded Redis, and a worker that runs a task sent through it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from attrx_web.env import redis_socket
from attrx_web.processes import ProcessError, embedded_redis, redis_answers, worker_process
