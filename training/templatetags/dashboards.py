"""What templates of dashboards say in one way: how a figure is defined, and a table as CSV."""

from collections import Counter
from typing import Any, cast

from django import template
from django.template import Context

from training.definitions import DEFINITIONS

register = template.Library()
SHOWN = "definitions shown"


@register.inclusion_tag("training/_defined.html", takes_context=True)
def defined(context: Context, name: str, term: str = "", place: str = "") -> dict[str, Any]:
    """The figure's name as a button that tells its definition: on hover, on focus, and when it is pressed.

    Args:
        name: of DEFINITIONS.
        term: what is written instead of the definition's title.
        place: tells ids apart in a fragment that htmx swaps by itself; elsewhere they are numbered.

    Raises:
        TemplateSyntaxError: for a name that is not defined.
    """
    definition = DEFINITIONS.get(name)
    if definition is None:
        raise template.TemplateSyntaxError(
            f"the figure {name!r} is not defined: add it to a module of training.definitions"
        )
    # The lowest of its dictionaries is shared by all that one rendering includes.
    whole = cast(dict[str, Counter[str]], context.render_context.dicts[0])
    shown = whole.setdefault(SHOWN, Counter())
    key = f"define-{name}-{place}" if place else f"define-{name}"
    shown[key] += 1
    return {"definition": definition, "term": term or definition.title, "id": f"{key}-{shown[key]}"}


@register.inclusion_tag("training/_csv_link.html", takes_context=True)
def csv_link(context: Context, table: str, name: str) -> dict[str, str]:
    """A link to a table of this page as CSV, of the rows that the page shows.

    Args:
        table: the name of the view's sheet (training.sheets).
        name: what the table shows, in words.
    """
    query = context["request"].GET.copy()
    query["format"], query["table"] = "csv", table
    return {"address": f"?{query.urlencode()}", "name": name}
