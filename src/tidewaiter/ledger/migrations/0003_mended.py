"""Alarms keep the proof that two checkpoints of different sizes contradict each other."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_witnessed"),
    ]

    operations = [
        migrations.AddField(
            model_name="alarm",
            name="proof",
            field=models.TextField(blank=True, default=""),
        ),
    ]
