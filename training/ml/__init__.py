"""The learning loop of attrx, usable without the web app: records in, JSONL and adapter folders out."""

import os

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # A training run tells nobody that it ran.
