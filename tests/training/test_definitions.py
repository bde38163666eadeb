"""How figures are defined, and how templates tell it."""

import re
from pathlib import Path

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils.html import escape

from training.definitions import DEFINITIONS, SECTIONS
from training.definitions.guide import guide_text


def rendered(text: str, address: str = "/") -> str:
    """The template as a page at the address renders it."""
    context = Context({"request": RequestFactory().get(address)})
    return Template("{% load dashboards %}" + text).render(context)


def test_no_name_is_defined_twice() -> None:
    assert len(DEFINITIONS) == sum(len(section) for section in SECTIONS.values())


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_is_whole_and_short_enough_to_be_read_in_passing(name: str) -> None:
    definition = DEFINITIONS[name]
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name)
    assert all((definition.title, definition.words, definition.formula, definition.query))
    assert definition.words.endswith(".")
    assert definition.query.endswith(".")
    assert max(len(definition.words), len(definition.formula), len(definition.query)) <= 260


def test_the_button_is_described_by_the_definition_that_it_opens() -> None:
    page = rendered("{% defined 'accuracy' %}")
    (name,) = re.findall(r'popovertarget="([^"]+)"', page)
    assert f'aria-describedby="{name}"' in page
    assert f'id="{name}"' in page
    assert escape(DEFINITIONS["accuracy"].formula) in page


def test_a_figure_that_is_named_twice_has_two_ids() -> None:
    page = rendered(
        "{% defined 'accuracy' %}{% defined 'accuracy' 'SFT' %}{% defined 'accuracy' 'A' 'live' %}"
    )
    ids = re.findall(r' id="([^"]+)"', page)
    assert ids == ["define-accuracy-1", "define-accuracy-2", "define-accuracy-live-1"]
    assert ">SFT</button>" in page


def test_ids_differ_across_what_a_page_includes() -> None:
    include = "{% include part only %}{% include part %}"
    context = Context({"part": Template("{% load dashboards %}{% defined 'accuracy' %}")})
    ids = re.findall(r' id="([^"]+)"', Template(include).render(context))
    assert ids == ["define-accuracy-1", "define-accuracy-2"]


def test_each_rendering_counts_anew() -> None:
    assert rendered("{% defined 'accuracy' %}") == rendered("{% defined 'accuracy' %}")


def test_a_figure_without_a_definition_is_an_error_that_names_it() -> None:
    with pytest.raises(TemplateSyntaxError, match="'acuracy' is not defined"):
        rendered("{% defined 'acuracy' %}")


def test_the_link_to_a_table_keeps_what_the_page_was_asked_for() -> None:
    page = rendered(
        "{% csv_link 'weeks' 'Weeks of kurta' %}", "/health/vertical/kurta/?week=2026-11-16&format=csv"
    )
    assert 'href="?week=2026-11-16&amp;format=csv&amp;table=weeks"' in page
    assert "Weeks of kurta" in page


def test_the_guide_says_what_pages_say() -> None:
    written = (Path(__file__).parents[2] / "docs/guide/figures.md").read_text()
    assert written == guide_text(), "python -m training.definitions.guide > docs/guide/figures.md"
