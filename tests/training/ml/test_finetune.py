"""Examples come by listing, in an order that a training which goes on finds again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from accelerate import skip_first_batches
from accelerate.data_loader import prepare_data_loader
from torch.utils.data import DataLoader

from training.ml.finetune import ListingOrder

LISTINGS = ["bag", "cap", "bag", "shoe", "cap", "bag", "hat", "shoe", "bag"]


def order(*, seed: int = 0, epoch: int = 0) -> list[int]:
    return list(ListingOrder(LISTINGS, seed=seed, epoch=lambda: epoch))


def test_every_example_comes_once_and_those_of_a_listing_in_a_row() -> None:
    for seed in range(20):
        found = order(seed=seed)
        assert sorted(found) == list(range(len(LISTINGS)))
        assert len(list(groupby(LISTINGS[one] for one in found))) == len(set(LISTINGS))


def test_listings_and_their_questions_come_in_another_order_with_another_seed_or_epoch() -> None:
    for orders in ([order(seed=seed) for seed in range(20)], [order(epoch=epoch) for epoch in range(20)]):
        assert len({tuple(name for name, _ in groupby(LISTINGS[one] for one in each)) for each in orders}) > 5
        assert len({tuple(one for one in each if LISTINGS[one] == "bag") for each in orders}) > 5
    assert order(seed=3, epoch=1) == order(seed=3, epoch=1)


def batches(process: int, *, epoch: int, skipped: int) -> list[list[int]]:
    """What one of two processes gets in this epoch, as the Trainer asks for it behind a checkpoint."""
    sampler = ListingOrder(LISTINGS, seed=5, epoch=lambda: epoch)
    examples: Any = list(range(len(LISTINGS)))
    loader: DataLoader[int] = DataLoader(examples, batch_size=2, sampler=sampler, collate_fn=list)
    prepared = prepare_data_loader(loader, num_processes=2, process_index=process, put_on_device=False)
    return list(skip_first_batches(prepared, skipped) if skipped else prepared)


def test_processes_that_go_on_get_the_rest_of_the_epoch() -> None:
    whole = [batches(process, epoch=1, skipped=0) for process in (0, 1)]
    assert _flat([*whole[0], *whole[1]]) >= set(range(len(LISTINGS)))
    assert whole[0][0] + whole[1][0] + whole[0][1] + whole[1][1] == order(seed=5, epoch=1)[:8]
    for process in (0, 1):
        assert batches(process, epoch=1, skipped=1) == whole[process][1:]


def _flat(batches: Sequence[Sequence[int]]) -> set[int]:
    return {one for batch in batches for one in batch}
