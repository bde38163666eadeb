"""What the listings page is narrowed by, as far as the catalogue knows. Labels and predictions add to it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, QuerySet
from django.forms import DateInput, TextInput
from django.utils.timezone import make_aware
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet

from catalog.models import Image, Listing
from catalog.search import LONGEST_SEARCH, found_by
from catalog.selectors.listings import imports_recent, verticals_with_counts
from catalog.splits import Split

DAY = timedelta(days=1)
SMALL = {"class": "form-control form-control-sm"}
"""How fields look that are typed in."""
DATE = SMALL | {"type": "date"}
SEARCH = {"type": "search", "class": "form-control", "placeholder": "Words of a title, or an id"}


@dataclass(frozen=True, slots=True)
class Active:
    """A filter that is set, for people."""

    label: str
    text: str
    names: tuple[str, ...]
    """The parameters that go with it when it is removed."""


# django-filter has no types.
class ListingFilter(FilterSet):  # type: ignore[misc]
    """Listings by text, vertical, split, origin and photos; retired ones only where asked for."""

    NEEDED_BY: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """{parameter: those that mean nothing without it}"""

    q = CharFilter(
        label="Search",
        method="keep_found",
        max_length=LONGEST_SEARCH,
        widget=TextInput(attrs=SEARCH),
    )
    vertical = ChoiceFilter(label="Vertical", empty_label="Any", method="keep_vertical")
    split = ChoiceFilter(
        label="Split", empty_label="Any", choices=[(split.value, split.value.capitalize()) for split in Split]
    )
    last_import = ChoiceFilter(label="Import", empty_label="Any")
    created_from = DateFilter(label="Added from", method="keep_created_from", widget=DateInput(attrs=DATE))
    created_to = DateFilter(label="Added until", method="keep_created_to", widget=DateInput(attrs=DATE))
    photos = ChoiceFilter(
        label="Photos",
        empty_label="Any",
        choices=[("with", "With photos"), ("without", "Without photos")],
        method="keep_photos",
    )
    retired = ChoiceFilter(
        label="Use",
        empty_label="In use",
        choices=[("only", "Retired"), ("all", "In use and retired")],
        method="keep_retired",
    )

    def __init__(self, data: Mapping[str, str], queryset: QuerySet[Listing] | None = None) -> None:
        super().__init__(data, Listing.objects.all() if queryset is None else queryset)
        self.verticals = {vertical.code: vertical for vertical in verticals_with_counts()}
        self.offer("vertical", [(code, vertical.label) for code, vertical in self.verticals.items()])
        self.offer(
            "last_import",
            [
                (one.pk, f"{one.name}, {one.created:%-d %b %Y}")
                for one in imports_recent(self.given("last_import"))
            ],
        )

    def given(self, name: str) -> str:
        """What the query says, unchecked; empty where it says nothing."""
        return str(self.data.get(name) or "")

    def offer(self, name: str, choices: list[tuple[Any, str]], *, otherwise: str = "") -> None:
        """Let the filter take these choices; say `otherwise` about any other."""
        self.filters[name].extra["choices"] = choices
        if otherwise:
            self.filters[name].extra["error_messages"] = {"invalid_choice": otherwise}

    def filter_queryset(self, queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        """The listings that every filter keeps; none as long as a filter cannot be read."""
        if self.errors:
            return queryset.none()
        kept: QuerySet[Listing] = super().filter_queryset(queryset)
        return kept if self.form.cleaned_data["retired"] else kept.filter(retired=False)

    def active(self) -> list[Active]:
        """The filters that are set, as they are shown: without those that cannot be read."""
        self.is_valid()
        return [
            Active(str(self.filters[name].label), self._text(name), (name, *self.NEEDED_BY.get(name, ())))
            for name, value in self.form.cleaned_data.items()
            if value not in ("", None)
        ]

    def problems(self) -> list[str]:
        """What is wrong with filters that cannot be read."""
        return [
            f"{self.filters[name].label}: {self.given(name)!r}: {' '.join(messages)}"
            for name, messages in self.errors.items()
        ]

    def fitting(self) -> dict[str, str]:
        """The query without what is empty, unknown or not to be read: what a form means that was sent."""
        return {name: self.given(name).strip() for name in self.filters if self._fits(name)}

    def keep_found(self, queryset: QuerySet[Listing], name: str, value: str) -> QuerySet[Listing]:
        return queryset.filter(found_by(value))

    def keep_vertical(self, queryset: QuerySet[Listing], name: str, value: str) -> QuerySet[Listing]:
        return queryset.filter(vertical=self.verticals[value].pk)

    def keep_created_from(self, queryset: QuerySet[Listing], name: str, value: date) -> QuerySet[Listing]:
        return queryset.filter(created__gte=_midnight(value))

    def keep_created_to(self, queryset: QuerySet[Listing], name: str, value: date) -> QuerySet[Listing]:
        return queryset.filter(created__lt=_midnight(value) + DAY)

    def keep_photos(self, queryset: QuerySet[Listing], name: str, value: str) -> QuerySet[Listing]:
        photos = Exists(Image.objects.filter(listing=OuterRef("pk"), position=1))
        return queryset.filter(photos if value == "with" else ~photos)

    def keep_retired(self, queryset: QuerySet[Listing], name: str, value: str) -> QuerySet[Listing]:
        return queryset.filter(retired=True) if value == "only" else queryset

    def _fits(self, name: str) -> bool:
        return bool(self.given(name).strip()) and name not in self.errors

    def _text(self, name: str) -> str:
        value = self.form.cleaned_data[name]
        choices: Collection[tuple[Any, Any]] = getattr(self.form.fields[name], "choices", ())
        labels = {str(choice): str(label) for choice, label in choices}
        return f"{value:%-d %b %Y}" if isinstance(value, date) else labels.get(str(value), str(value))


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))
