"""Unseen mentions are counted on every page; only flags are resolved."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("labeling", "0009_photo_vectors")]

    operations = [
        migrations.AlterModelOptions(name="mention", options={"ordering": ["-pk"]}),
        migrations.AddIndex(
            model_name="mention",
            index=models.Index(
                fields=["person"], condition=Q(seen__isnull=True), name="labeling_mention_unseen"
            ),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=Q(is_flag=True) | Q(resolved__isnull=True),
                name="labeling_comment_flags_are_resolved",
            ),
        ),
    ]
