"""Which message ended what another one asked for, of ours and of partners."""

from typing import Any

from django.db import models


class Answers(models.QuerySet["Answer"]):
    """Answers in sets."""

    def keep(self, message_id: Any, **values: Any) -> bool:
        """Note the first answer to a message; False where there was one already."""
        return self.get_or_create(message_id=message_id, defaults=values)[1]


class Answer(models.Model):
    """A message was answered: by which other one, when."""

    message_id = models.UUIDField(unique=True)  # what asked for it, ours or a partner's
    answered_by = models.UUIDField()  # the message that answers
    at = models.DateTimeField()

    objects = Answers.as_manager()
