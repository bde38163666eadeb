"""What photos look like is kept, so that seeds are chosen without looking at them again."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("labeling", "0008_teacher_labels")]

    operations = [
        migrations.CreateModel(
            name="PhotoVector",
            fields=[
                (
                    "photo",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="vector",
                        serialize=False,
                        to="catalog.photo",
                    ),
                ),
                (
                    "recipe",
                    models.PositiveSmallIntegerField(help_text="photofeatures.RECIPE, when it was made."),
                ),
                ("features", models.BinaryField(help_text="Numbers of 16 bits, the lowest byte first.")),
            ],
            options={"ordering": ["pk"]},
        ),
    ]
