"""What people say to each other about listings."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Attribute, Listing
from catalog.models.scopes import OfListing, Scoped


class Comment(models.Model):
    """What people say to each other about a listing; a flag is a comment that waits to be dealt with."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="comments")
    attribute = models.ForeignKey(Attribute, models.CASCADE, null=True, blank=True, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="comments")
    text = models.TextField()
    is_flag = models.BooleanField(default=False)
    resolved = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="resolved_flags"
    )
    created = models.DateTimeField(auto_now_add=True)

    objects = OfListing()

    class Meta:
        ordering = ["created", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="labeling_comment_text_given"),
            models.CheckConstraint(
                condition=Q(is_flag=True) | Q(resolved__isnull=True),
                name="labeling_comment_flags_are_resolved",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created"],
                condition=Q(is_flag=True, resolved__isnull=True),
                name="labeling_comment_open_flags",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:40]}"


class OfComment(Scoped["Mention"]):
    """Rows about a comment."""

    through = "comment__listing__vertical"


class Mention(models.Model):
    """Somebody is named in a comment."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="mentions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mentions")
    seen = models.DateTimeField(null=True, blank=True)

    objects = OfComment()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["comment", "person"], name="labeling_mention_once")]
        indexes = [
            models.Index(fields=["person"], condition=Q(seen__isnull=True), name="labeling_mention_unseen"),
        ]

    def __str__(self) -> str:
        return f"@{self.person} in {self.comment}"
