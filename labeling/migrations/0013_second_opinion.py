from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A share of the reviews gets a second opinion; the table of verdicts, which nothing ever wrote, goes."""

    dependencies = [
        ("labeling", "0012_review"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="purposerule",
            name="second_opinion",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="Percent of the listings that a second person answers, who must agree."
            ),
        ),
        migrations.AddConstraint(
            model_name="purposerule",
            constraint=models.CheckConstraint(
                condition=Q(second_opinion=0) | Q(second_opinion__lte=100, purpose="review"),
                name="labeling_purposerule_second_opinion_of_reviews",
            ),
        ),
        migrations.DeleteModel(name="Verdict"),
    ]
