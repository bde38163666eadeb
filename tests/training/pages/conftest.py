"""Files of stages as the loop leaves them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from training.ml.records import Chain
from training.ml.shards import write_shard
from training.models import Round

ShardWriter = Callable[[Round, str, int, Sequence[Chain]], None]


@pytest.fixture
def shard(settings: Settings) -> ShardWriter:
    """Write the chains of a stage's shard: (round, stage key, number, chains)."""

    def write(round_: Round, key: str, number: int, chains: Sequence[Chain]) -> None:
        folder = Path(settings.ATTRX_ARTIFACTS_DIR) / round_.artifact_path / "shards" / key
        path = folder / f"{number:05d}.parquet"
        write_shard(path, Chain, chains).replace(path)

    return write
