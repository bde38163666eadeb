"""What each sub-command of the command line does. Torch is loaded by the stages that need it."""

from __future__ import annotations

import json
import tempfile
from argparse import Namespace
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from training.ml.errors import DataError
from training.ml.features import FeatureStore
from training.ml.folder import read_listings, read_schema
from training.ml.loop import run_loop, stop_reason
from training.ml.metrics import accuracies
from training.ml.overrides import override
from training.ml.pairs import make_pairs
from training.ml.params import ITERATIONS, TINY_MODEL, LoopParams
from training.ml.presets import preset_params
from training.ml.progress import Progress, progress_bar
from training.ml.records import Chain, Pair, Schema, Vote, questions_of, read_jsonl, write_jsonl
from training.ml.report import accuracy_tables, loop_columns, loop_summary
from training.ml.run import LoopRun, Stage
from training.ml.runfolder import FEATURES, adapter_digest, claimed, data_digest
from training.ml.samplers import load_sampler
from training.ml.splits import Splits, group_by, split_listings
from training.ml.strategies import follow
from training.ml.vote import count_votes


def sft(options: Namespace) -> None:
    from training.ml.sft import train_sft

    params = read_params(options)
    schema, splits = read_data(options, seed=params.seed)
    questions = questions_of(splits.seed, schema, answered=True)
    with progress_bar("sft", unit="step") as progress:
        made = train_sft(
            questions, params.sft, params.model, out=options.out, seed=params.seed, progress=progress
        )
    losses = f"loss {made['loss_first']:.3f} -> {made['loss_last']:.3f}"
    print(f"{options.out}: {made['examples']} examples, {made['steps']} steps, {losses}")


def sample(options: Namespace) -> None:
    params = read_params(options)
    schema, splits = read_data(options, seed=params.seed)
    sampler = load_sampler(params.model, params.sample, options.adapter)
    with progress_bar("sample", unit="question") as progress:
        chains = sampler.sample(
            questions_of(splits.pool, schema), params.sample, seed=params.seed, progress=progress
        )
    print(f"{options.out}: {write_jsonl(options.out, chains)} chains")


def vote(options: Namespace) -> None:
    votes = count_votes(read_jsonl(options.chains, Chain))
    print(f"{options.out}: {write_jsonl(options.out, votes)} votes")


def pairs(options: Namespace) -> None:
    params = read_params(options)
    chains, votes = read_jsonl(options.chains, Chain), read_jsonl(options.votes, Vote)
    made = make_pairs(chains, votes, params.pair, seed=params.seed)
    print(f"{options.out}: {write_jsonl(options.out, made)} pairs")


def dpo(options: Namespace) -> None:
    from training.ml.dpo import train_dpo

    params = read_params(options)
    schema, splits = read_data(options, seed=params.seed)
    with progress_bar("dpo", unit="step") as progress:
        made = train_dpo(
            read_jsonl(options.pairs, Pair),
            questions_of(splits.pool, schema),
            params.dpo,
            params.model,
            adapter=options.adapter,
            out=options.out,
            seed=params.seed,
            progress=progress,
        )
    margins = f"reward margin {made['margins'][0]:.3f} -> {made['margins'][-1]:.3f}"
    print(f"{options.out}: {made['pairs']} pairs, {made['steps']} steps, {margins}")


def evaluate(options: Namespace) -> None:
    params = read_params(options)
    schema, splits = read_data(options, seed=params.seed)
    questions = questions_of(splits.gold, schema, answered=True)
    sampler = load_sampler(params.model, params.sample, options.adapter)
    with progress_bar("evaluate", unit="question") as progress:
        chains = sampler.greedy(questions, params.sample, progress=progress)
    rows = accuracies(questions, {chain.question_id: chain.answer for chain in chains})
    write_jsonl(options.out, rows)
    print(accuracy_tables({"accuracy": rows}))


def loop(options: Namespace) -> None:
    params = follow(read_params(options), options.strategy)
    if (options.adapter is not None) != (params.strategy == "champion_dpo"):
        raise DataError("--adapter goes with --strategy champion_dpo, and only with it")
    schema, splits = read_data(options, seed=params.seed)
    features = FeatureStore(options.out / FEATURES)
    run = LoopRun(schema, splits, params, options.out, start=options.adapter, features=features)
    parts = {name: [one.listing_id for one in getattr(splits, name)] for name in ("seed", "gold", "pool")}
    identity = {
        "params": run.params.to_json(),
        "hide_text": options.hide_text,
        "splits": parts,
        "data": data_digest(options.data, [*splits.seed, *splits.gold, *splits.pool]),
        "adapter": adapter_digest(options.adapter) if options.adapter else None,
    }
    with claimed(options.out, identity), ExitStack() as bars:

        def watch(stage: Stage) -> Progress:
            bars.close()
            return bars.enter_context(progress_bar(stage.key))

        results = dict(run_loop(run, watch=watch))
    last = max(stage.iteration for stage in results)
    if reason := stop_reason(run, last):
        print(f"stopped after iteration {last}: {reason}\n")
    print(accuracy_tables(loop_columns(results)))
    print(json.dumps(loop_summary(results, pool=len(splits.pool))))


def study(options: Namespace) -> None:
    from training.ml.study import command

    command.study(options)


def pretrain_tiny(options: Namespace) -> None:
    from training.ml import rebuild
    from training.ml.pretrain import PARTS, STUDIO_SEED, PretrainParams
    from training.ml.study.material import render

    params = PretrainParams(
        seed=options.seed,
        data_seed=STUDIO_SEED + options.seed,
        device=options.device,
        workers=options.workers,
    )
    if options.steps is not None:
        parts = {part: replace(getattr(params, part), steps=options.steps) for part in PARTS}
        params = replace(params, **parts)
    with tempfile.TemporaryDirectory() as scratch, progress_bar("pretrain", unit="step") as progress:
        count, seed = options.per_vertical, params.data_seed
        rendered = {
            "studio": (count, "studio", seed),
            "snapshots": (2 * count, "snapshot", seed + 2),
            "held_out": (max(1, count // 20), "studio", seed + 1),
        }
        folders = {
            name: getattr(options, name) or render(Path(scratch) / name, size, look=look, seed=of)
            for name, (size, look, of) in rendered.items()
        }
        out = options.out or TINY_MODEL
        data = rebuild.Rendered(**folders)
        print(json.dumps(rebuild.pretrain_tiny(data, out, params, base=options.base, progress=progress)))


def read_data(options: Namespace, *, seed: int) -> tuple[Schema, Splits]:
    """The folder's schema and listings, split alike by every stage that is given the same options."""
    schema = read_schema(options.data / "schema.json")
    listings = read_listings(options.data, schema)
    if options.group_by:
        listings = group_by(listings, options.group_by)
    if options.hide_text:
        listings = [replace(listing, title="", description="") for listing in listings]
    return schema, split_listings(
        listings,
        schema,
        labelled_per_vertical=options.labelled_per_vertical,
        gold_share=options.gold_share,
        seed=seed,
    )


def read_params(options: Namespace) -> LoopParams:
    """The preset, with what the options change."""
    base = getattr(options, "base", None)
    params = preset_params(
        options.preset or ("gpu24" if base else "tiny"),
        base=base or str(TINY_MODEL),
        iterations=getattr(options, "iterations", ITERATIONS),
        seed=options.seed,
    )
    return override(params, options.set)
