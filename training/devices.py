"""What this process computes on."""

import sys

from training.models import CPU


def worker_device() -> str:
    """The name of the GPU that this process has begun to use, or CPU; loads nothing."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "cuda") or not torch.cuda.is_initialized():
        return CPU
    name: str = torch.cuda.get_device_name()
    return name
