from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0007_teacher"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="label",
            name="labeling_label_provenance_known",
        ),
        migrations.RemoveConstraint(
            model_name="labelrevision",
            name="labeling_labelrevision_provenance_known",
        ),
        migrations.AlterField(
            model_name="label",
            name="provenance",
            field=models.CharField(
                choices=[
                    ("teacher", "Teacher"),
                    ("import", "Import"),
                    ("annotation", "Annotation"),
                    ("adjudication", "Adjudication"),
                    ("verdict", "Verdict"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="labelrevision",
            name="provenance",
            field=models.CharField(
                choices=[
                    ("teacher", "Teacher"),
                    ("import", "Import"),
                    ("annotation", "Annotation"),
                    ("adjudication", "Adjudication"),
                    ("verdict", "Verdict"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="label",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("provenance__in", ["teacher", "import", "annotation", "adjudication", "verdict"])
                ),
                name="labeling_label_provenance_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="labelrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("provenance__in", ["teacher", "import", "annotation", "adjudication", "verdict"])
                ),
                name="labeling_labelrevision_provenance_known",
            ),
        ),
    ]
