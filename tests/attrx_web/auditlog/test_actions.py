"""What can be looked for in the log is recorded somewhere."""

import re

from attrx_web.auditlog.actions import Action
from catalog.forms.audit import AREAS
from tests.import_rules import modules

LOGGED_WORK = ("import", "teacher", "round", "routing")


def test_every_action_is_recorded_by_something() -> None:
    source = "\n".join(one.source for one in modules() if one.name != "attrx_web.auditlog.actions")
    written = re.findall(r"\b(?:Action|Logged)\.([A-Z_]+)\b", source)
    named = {Action[name].value for name in written if name in Action.__members__}
    verbs = set(re.findall(r'verb="(\w+)"', source)) | set(
        re.findall(r'verb="\w+" if .* else "(\w+)"', source)
    )
    named |= {f"{kind}.{verb}" for kind in LOGGED_WORK for verb in verbs}
    assert set(Action.values) <= named


def test_every_area_of_actions_has_a_name() -> None:
    assert {action.value.partition(".")[0] for action in Action} == set(AREAS)
