"""The environment of every test. A pytest plugin (addopts in pyproject.toml), so that it precedes Django.

DATABASE_URL and REDIS_URL stay as they are: unset, the tests run on the embedded defaults.
"""

import atexit
import os
import shutil
import tempfile

for name in [name for name in os.environ if name.startswith("ATTRX_")]:
    del os.environ[name]

var_dir = tempfile.mkdtemp(prefix="attrx-tests-")
atexit.register(shutil.rmtree, var_dir, ignore_errors=True)

os.environ |= {
    "ATTRX_VAR_DIR": var_dir,
    "HF_HUB_OFFLINE": "1",
    # Other tests want the other cores, and threads of torch that wait for each other sleep.
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "TOKENIZERS_PARALLELISM": "false",
    "TZ": "UTC",
}
