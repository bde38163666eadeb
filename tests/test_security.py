"""Claims of SECURITY.md that hold for the whole source, and those that no other test holds."""

import ast
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.imaging.errors import ImageError
from catalog.imaging.sources import photo_reader
from catalog.imaging.verify import BYTES_MOST
from tests.import_rules import REPOSITORY, called, modules

OWN_PICKLES = {"training.ml.rank": "read from the process that started this one", "training.ml.parallel": ""}
"""Modules that hand arguments to processes of their own, and nothing that anybody else wrote."""
LOADERS_OF_PICKLES = {"load", "loads", "Unpickler", "read_pickle"}


def calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def test_no_code_that_comes_with_a_model_is_run() -> None:
    for module in modules():
        for call in calls(module.source):
            assert "trust_remote_code" not in [keyword.arg for keyword in call.keywords], module.name


def test_nothing_is_unpickled_and_no_weights_but_safetensors_are_loaded() -> None:
    loaders = set()
    for module in modules():
        for node in module.nodes:
            if isinstance(node, ast.Import) and {"pickle", "joblib", "dill"} & {
                one.name for one in node.names
            }:
                loaders.add(module.name)
        for call in calls(module.source):
            text = ast.unparse(call.func)
            assert text not in ("torch.load", "numpy.load", "np.load"), module.name
            if text.startswith("pickle.") and called(call.func) in LOADERS_OF_PICKLES:
                assert module.name in OWN_PICKLES
    assert loaders <= OWN_PICKLES.keys()


def test_no_code_and_no_shell_is_run_from_a_text() -> None:
    for module in modules():
        for call in calls(module.source):
            assert ast.unparse(call.func) not in ("eval", "exec", "os.system", "os.popen"), module.name
            assert "shell" not in [keyword.arg for keyword in call.keywords], module.name


def test_no_template_shows_what_people_wrote_as_html() -> None:
    for path in (REPOSITORY / "templates").rglob("*.html"):
        assert not re.search(r"\|\s*safe\b|autoescape off", path.read_text()), path


def archive(path: Path, name: str, content: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../outside.png", "/outside.png", "..\\outside.png", "a/../../outside.png"])
def test_what_an_archive_calls_its_members_writes_nowhere(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    with photo_reader(str(archive(folder / "photos.zip", name, b"content"))) as reader:
        for asked in (name, "outside.png"):
            try:
                reader.read(asked)
            except ImageError:
                continue
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["photos.zip"]


def test_a_bomb_in_an_archive_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = archive(tmp_path / "photos.zip", "bomb.png", bytes(BYTES_MOST + 1))
    assert bomb.stat().st_size < BYTES_MOST / 100
    with photo_reader(str(bomb)) as reader, pytest.raises(ImageError, match="it has more than"):
        reader.read("bomb.png")
