"""How gunicorn serves the site: gunicorn --config python:attrx_web.gunicorn_conf attrx_web.wsgi.

On SIGTERM the server takes no more connections, ends the requests it has, and is gone. Number of workers and
threads and the address are the command line's.
"""

import os
import shutil
from typing import Any

from attrx_web.env import read_env
from attrx_web.logs import logging_config

_env = read_env()
_metrics = _env.var_dir / "metrics"

# Before anything loads prometheus_client, which decides by it where counts are kept.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_metrics))

preload_app = True
worker_class = "gthread"
timeout = 60
graceful_timeout = 30
keepalive = 75  # Longer than a proxy keeps a connection that nobody uses.
# A worker that leaks is replaced before it matters; not all at the same time.
max_requests, max_requests_jitter = 20_000, 2_000
control_socket_disable = True  # Nobody steers the server but by signals.
accesslog = None  # attrx_web.requestlog writes a line for each request.

_logging = logging_config(_env.operations)
logconfig_dict = _logging | {
    "loggers": _logging["loggers"]
    | {"gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False}}
}

# Files of processes of an earlier run count for nobody.
_folder = os.environ["PROMETHEUS_MULTIPROC_DIR"]
shutil.rmtree(_folder, ignore_errors=True)
os.makedirs(_folder)


def child_exit(server: Any, worker: Any) -> None:
    """A worker that is gone uses nothing any more; what it counted stays."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
