"""Alarms keep the proof that two checkpoints of different sizes contradict each other.

Of a partner's log is known when it last showed all that it signed, and whether what we cosigned
came in a bundle.
"""

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
        migrations.AddField(
            model_name="witnessed",
            name="shown_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="witnessed",
            name="by_hand",
            field=models.BooleanField(default=False),
        ),
    ]
