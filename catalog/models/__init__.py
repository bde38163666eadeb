"""What exists: verticals with their attributes and allowed values, listings with their photos, imports."""

from catalog.models.accounts import Invitation
from catalog.models.api import ApiToken, GivenAnswer
from catalog.models.imports import Import, ImportProblem
from catalog.models.listings import Image, Listing, Photo, SavedView
from catalog.models.schema import Attribute, SchemaDraft, SchemaVersion, Value, Vertical
from catalog.models.scopes import VerticalScope
from catalog.models.splits import SplitReport
from catalog.models.work import Status, Work, claim_constraints, work_constraints

__all__ = [
    "ApiToken",
    "Attribute",
    "GivenAnswer",
    "Image",
    "Import",
    "ImportProblem",
    "Invitation",
    "Listing",
    "Photo",
    "SavedView",
    "SchemaDraft",
    "SchemaVersion",
    "SplitReport",
    "Status",
    "Value",
    "Vertical",
    "VerticalScope",
    "Work",
    "claim_constraints",
    "work_constraints",
]
