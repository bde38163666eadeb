"""What people said: tasks, suggestions they were shown, annotations, and the labels that hold."""

from labeling.models.answers import Annotation, Answer, Label, LabelRevision, Provenance, Suggestion
from labeling.models.changes import LabelChange
from labeling.models.people import (
    ALL_TIME,
    SPANS,
    PeopleCount,
    PersonDay,
    PersonFigures,
    PersonReliability,
)
from labeling.models.photos import PhotoVector
from labeling.models.talk import Comment, Mention
from labeling.models.teacher import TeacherAnswer, TeacherOutcome, TeacherRun
from labeling.models.work import (
    KEY_LENGTH,
    Purpose,
    PurposeRule,
    Receipt,
    SetAside,
    Task,
    TaskStatus,
    Turn,
    VerticalAssignment,
)

__all__ = [
    "ALL_TIME",
    "Annotation",
    "Answer",
    "Comment",
    "KEY_LENGTH",
    "Label",
    "LabelChange",
    "LabelRevision",
    "Mention",
    "PeopleCount",
    "PersonDay",
    "PersonFigures",
    "PersonReliability",
    "PhotoVector",
    "Provenance",
    "Purpose",
    "PurposeRule",
    "Receipt",
    "SPANS",
    "SetAside",
    "Suggestion",
    "Task",
    "TaskStatus",
    "TeacherAnswer",
    "TeacherOutcome",
    "TeacherRun",
    "Turn",
    "VerticalAssignment",
]
