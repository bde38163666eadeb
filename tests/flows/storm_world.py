"""What a storm begins with, and changes of its rule: run on the database that the environment names.

python -m tests.flows.storm_world make TASKS PEOPLE REFEREES     prints {name: session key}
python -m tests.flows.storm_world overlap PEOPLE_PER_LISTING
"""

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attrx_web.settings")

import django

django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402

from attrx_web.accounts import session_content  # noqa: E402
from attrx_web.roles import Role  # noqa: E402
from labeling.models import Purpose  # noqa: E402
from labeling.services import rules  # noqa: E402
from tests.labeling import workspace  # noqa: E402


def make(tasks: int, people: int, referees: int) -> dict[str, str]:
    """Tables, a vertical, tasks of the gold set that two people answer; everybody is signed in."""
    call_command("migrate", verbosity=0)
    workspace.rule(Purpose.GOLD, overlap=2, agree=2)
    workspace.tasks(tasks)
    names = [f"person-{number}" for number in range(people)]
    names += [f"referee-{number}" for number in range(referees)]
    return {name: _session(name) for name in names}


def overlap(number: int) -> None:
    """Have so many people answer each listing, from now on and where people have begun."""
    by = User.objects.get(username="referee-0")
    rules.rule_set(purpose=Purpose.GOLD, overlap=number, agree=2, suggestions=False, by=by)
    rules.rules_apply()


def _session(name: str) -> str:
    user = User.objects.create(username=name, password="!")
    user.groups.add(Group.objects.get_or_create(name=Role.ANNOTATOR.value)[0])
    store = SessionStore()
    store.update(session_content(user))
    store.save()
    return str(store.session_key)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", *numbers]:
            print(json.dumps(make(*map(int, numbers))))
        case ["overlap", number]:
            overlap(int(number))
