"""The API of studies."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema

from catalog.rest.permissions import READERS
from catalog.rest.views import Listed, OneShown
from training.selectors.studies import studies, studies_whole
from training.serializers.studies import StudyShown, StudyWhole


@extend_schema(tags=["studies"])
class Studies(Listed, OneShown):
    """Studies: the loop held against what it competes with, over seeds."""

    roles = READERS
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Any]:
        """Every study, without its document."""
        return studies() if self.action == "list" else studies_whole()

    def get_serializer_class(self) -> Any:
        """In lists without arms."""
        return StudyShown if self.action == "list" else StudyWhole
