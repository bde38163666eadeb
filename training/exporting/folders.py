"""Exports of several files: for Label Studio, and for Hugging Face `datasets`."""

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import Any

from django.db.models import QuerySet

from catalog.exporting import dataset
from catalog.exporting.as_jsonl import json_text
from catalog.exporting.as_parquet import parquet_pieces
from catalog.exporting.members import Member
from catalog.exporting.tables import time_text
from catalog.imaging.storage import media_open
from catalog.models import Listing
from catalog.schema.spec import VerticalSpec
from catalog.selectors import vertical_spec
from catalog.splits import Split
from labeling.exporting import LabelItem, ListingItem, Names, PhotoItem, in_order, listing_pages
from labeling.labelstudio import Choice, config_xml, state_name, task_json
from training.exporting.rows import PredictionItem, predictions_of
from training.models import ModelVersion

PER_FOLDER = 1000
"""Listings whose photos share a folder: no folder gets more files than file systems and hubs like."""

Address = Callable[[PhotoItem], str]
"""Where Label Studio finds a photo."""
Predictions = Mapping[int, PredictionItem]


@dataclass(slots=True)
class Source:
    """What goes into the files."""

    listings: QuerySet[Listing]
    labels: bool
    version: ModelVersion | None
    """whose predictions go along, if any"""
    tell: Callable[[int], object]
    """is called with how many more listings have gone by"""
    names: Names = field(default_factory=Names.now)

    def pages(self, **condition: Any) -> Iterator[list[tuple[ListingItem, Predictions]]]:
        """The listings that meet the condition, with their predictions, a page at a time."""
        for page in listing_pages(self.listings.filter(**condition), self.names):
            found = predictions_of([item.pk for item in page], self.version) if self.version else {}
            yield [(item, in_order(found.get(item.pk, {}), self.names)) for item in page]
            self.tell(len(page))


def label_studio_members(source: Source, address: Address) -> Iterator[Member]:
    """For each vertical with listings a configuration and the tasks of a project."""
    for pk, named in source.names.verticals.items():
        if source.listings.filter(vertical=pk).exists():
            vertical = vertical_spec(named.code)
            assert vertical is not None, "its listings are there"
            yield Member(f"{named.code}.xml", [config_xml(vertical).encode()])
            yield Member(f"{named.code}.json", _tasks(source, pk, vertical, address))


def _tasks(source: Source, pk: int, vertical: VerticalSpec, address: Address) -> Iterator[bytes]:
    """A JSON array with a task for each listing."""
    before = "["
    for page in source.pages(vertical=pk):
        tasks = []
        for item, predictions in page:
            labels = item.labels if source.labels else {}
            task = task_json(
                vertical,
                number=item.pk,
                data={
                    "listing_id": item.listing_id,
                    "vertical": vertical.label,
                    "title": item.title,
                    "description": item.description,
                    "images": [address(photo) for photo in item.photos],
                },
                labels=[_choice(source.names, attribute, label) for attribute, label in labels.items()],
                labelled=time_text(max(label.updated for label in labels.values())) if labels else "",
                predictions=[
                    _choice(source.names, attribute, vote, vote.agreement)
                    for attribute, vote in predictions.items()
                    if vote.votes
                ],
                model=f"attrx model version {source.version.pk}" if source.version else "",
            )
            tasks.append(f"{before}\n{json_text(task)}")
            before = ","
        yield "".join(tasks).encode(errors="replace")
    yield (f"{before}\n]\n" if before == "[" else "\n]\n").encode()


def _choice(
    names: Names, attribute: int, answer: LabelItem | PredictionItem, score: float | None = None
) -> Choice:
    chosen = [state_name(answer.state)] if answer.state else names.labels(attribute, answer.values)
    return Choice(names.attributes[attribute].code, tuple(chosen), score)


def dataset_members(source: Source) -> Iterator[Member]:
    """Photos and metadata of each split that has listings with photos, and last the card."""
    layout = _Layout(source)
    for split in Split:
        yield from layout.split_members(split)
    yield Member("README.md", [layout.card().encode()])


class _Layout:
    """What the card says becomes known while the photos go by."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._columns = dataset.metadata_columns(labels=source.labels, predictions=source.version is not None)
        self._splits: dict[str, dataset.Size] = {}
        self._left_out = self._missing = 0

    def card(self) -> str:
        """README.md, once every split has been gone through."""
        return dataset.card(
            self._columns, splits=self._splits, left_out=self._left_out, missing=self._missing
        )

    def split_members(self, split: Split) -> Iterator[Member]:
        """Every photo of the split's listings, then the metadata, which wait in a temporary file."""
        folder, size = PurePosixPath("data", split.value), dataset.Size()
        with TemporaryFile("w+", encoding="utf-8") as metadata:
            for page in self._source.pages(split=split.value):
                for item, predictions in page:
                    file_names = yield from self._photo_members(folder, item, size)
                    if file_names:
                        metadata.write(json.dumps([file_names, *self._cells(item, predictions)]) + "\n")
                        size.listings += 1
                    else:
                        self._left_out += 1
            if size.listings:
                metadata.seek(0)
                pieces = parquet_pieces(self._columns, map(json.loads, metadata))
                yield Member(str(folder / dataset.METADATA), pieces, is_packed=True)
                self._splits[split.value] = size

    def _photo_members(
        self, folder: PurePosixPath, item: ListingItem, size: dataset.Size
    ) -> Generator[Member, None, list[str]]:
        """The listing's photos whose files are there; returns their names in the folder."""
        file_names = []
        for photo in item.photos:
            suffix = PurePosixPath(photo.file).suffix
            name = f"images/{item.pk // PER_FOLDER:06d}/{item.pk}-{photo.position}{suffix}"
            try:
                file = media_open(photo.file)
            except FileNotFoundError:
                self._missing += 1
                continue
            with file:
                yield Member(str(folder / name), file.chunks(), is_packed=True, size=photo.bytes)
            file_names.append(name)
            size.bytes += photo.bytes
        return file_names

    def _cells(self, item: ListingItem, predictions: Predictions) -> list[object]:
        """The cells after file_names."""
        names = self._source.names
        vertical = names.verticals[item.vertical]
        cells: list[object] = [item.pk, item.listing_id, vertical.code, vertical.label]
        cells += [item.title, item.description]
        if self._source.labels:
            cells.append(
                [
                    _answer(names, attribute, label)
                    | {"provenance": label.provenance, "schema_version": label.schema_version}
                    for attribute, label in item.labels.items()
                ]
            )
        if self._source.version:
            cells.append(
                [
                    _answer(names, attribute, vote)
                    | {"agreement": vote.agreement, "votes": vote.votes, "chains": vote.chains}
                    for attribute, vote in predictions.items()
                ]
            )
        return cells


def _answer(names: Names, attribute: int, answer: LabelItem | PredictionItem) -> dict[str, object]:
    """The columns of dataset.ANSWER."""
    about = names.attributes[attribute]
    return {
        "attribute": about.code,
        "attribute_label": about.label,
        "values": answer.values,
        "value_labels": names.labels(attribute, answer.values),
        "state": answer.state,
    }
