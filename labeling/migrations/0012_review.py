from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("labeling", "0011_turns_leased")]

    operations = [
        migrations.AddField(
            model_name="annotation",
            name="reasoning_wrong",
            field=models.BooleanField(
                default=False,
                help_text="The answer is right, but the chains of the suggestion that end in it reason wrongly.",
            ),
        ),
    ]
