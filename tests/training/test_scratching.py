"""A measurement runs in a folder and database of its own."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError
from django.db import connection

from training.management.scratching import is_inside, run_inside

pytestmark = pytest.mark.django_db(transaction=True)
"""A database is not created within a transaction."""

SAYS_WHERE_AND_FAILS = """
import json, os
from pathlib import Path
from django.conf import settings
from django.db import connection
from training.management.scratching import is_inside
said = {
    "inside": is_inside(),
    "var": str(settings.ATTRX_VAR_DIR),
    "database": str(connection.settings_dict["NAME"]),
    "artifacts": str(settings.ATTRX_ARTIFACTS_DIR),
}
Path(os.environ["SAY_TO"]).write_text(json.dumps(said))
raise SystemExit(3)
"""


def test_the_command_has_a_folder_and_a_database_of_its_own_and_fails_with_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAY_TO", str(tmp_path / "said.json"))
    monkeypatch.setenv("ATTRX_ARTIFACTS_DIR", str(tmp_path / "mine"))
    with pytest.raises(CommandError, match="manage.py shell ended with 3") as failed:
        run_inside("shell", "--verbosity", 0, "-c", SAYS_WHERE_AND_FAILS, database="attrx_test_scratching")
    assert failed.value.returncode == 3
    said = json.loads((tmp_path / "said.json").read_text())
    assert said["inside"] is True and not is_inside()
    assert Path(said["var"]) != Path(settings.ATTRX_VAR_DIR)
    assert "attrx-scratch-" in said["var"] and said["artifacts"].startswith(said["var"])
    assert not Path(said["var"]).exists(), "nothing stays"
    own = "attrx_test_scratching" if connection.vendor == "postgresql" else f"{said['var']}/attrx.sqlite3"
    assert said["database"] == own
