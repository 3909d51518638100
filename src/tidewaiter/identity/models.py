"""People, offices, tokens, partner nodes and the read-audit."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models


class Person(AbstractBaseUser):
    """Somebody who signs in, in one or more roles."""

    name = models.CharField(max_length=150, unique=True)

    USERNAME_FIELD = "name"
