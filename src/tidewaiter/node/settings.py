"""The settings of a node, one file: what `init` wrote into the home, then the environment."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from tidewaiter.node import env, logs

HOME = env.home()
_node = env.node(HOME)

# Who this node is; `tidewaiter init` writes these.
ADMINISTRATION: str = _node.get("administration", "XA")  # ISO 3166-1 alpha-2
NODE_NAME: str = _node.get("name", "")
NODE_URL: str = env.text("TIDEWAITER_URL", _node.get("url", ""))  # where partners reach it
SUITE: str = _node.get("suite", "A")  # the signature suite of docs/protocol

# Where things are
DATABASES = {
    "default": env.database(env.text("TIDEWAITER_DATABASE_URL", _node.get("database", "")), HOME)
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
KEYS_DIR: Path = HOME / "keys"
VAULT_DIR: Path = HOME / "vault"
MODELS_DIR: Path = HOME / "models"

# Backups: to whom they are encrypted where nothing else is said
BACKUP_TO = env.recipients(
    "TIDEWAITER_BACKUP_TO", _node.get("backup_to", "")
)  # age1…, blanks between them; in node.toml `backup_to`, a list

# Limits
EXCHANGE_MAX_BODY = env.integer("TIDEWAITER_MAX_BODY", 16 * 2**20, least=2**20)  # bytes (protocol)
EXCHANGE_MAX_LINE = 2**20  # bytes of one message (protocol)
EXCHANGE_MAX_LINES = 500  # messages a POST (protocol)
EXCHANGE_RATE = env.integer(
    "TIDEWAITER_EXCHANGE_RATE", 120_000, least=60
)  # lines a minute a partner
EXCHANGE_FAILING_RATE = 1000  # lines a minute of an address that fail before a signature holds
EXCHANGE_CERTIFICATE_HEADER = env.text(  # in which a trusted proxy passes a client's certificate on
    "TIDEWAITER_CERTIFICATE_HEADER", ""
)
DOCUMENT_MAX_BYTES = 20 * 2**20  # one declaration, as it comes
DATA_UPLOAD_MAX_MEMORY_SIZE = 24 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20
ATTACHMENT_MAX_BYTES = 64 * 2**20  # one attachment, sealed (protocol)
ATTACHMENTS_WAITING = env.integer(
    "TIDEWAITER_ATTACHMENTS_WAITING", 4 * 2**30, least=2**26
)  # bytes of a partner's attachments whose messages were not accepted yet
BUNDLE_MAX_BYTES = env.integer(
    "TIDEWAITER_BUNDLE_MAX", 8 * 2**30, least=2**26
)  # bytes of one bundle that is imported, unpacked
COLLECT_EVERY = env.integer(
    "TIDEWAITER_COLLECT_EVERY", 3, least=1
)  # seconds between rounds, no url
COLLECT_LONGEST = 60  # seconds between two rounds where nothing comes
WITNESS_PERIOD = env.integer(
    "TIDEWAITER_WITNESS_PERIOD", 60, least=1
)  # seconds between rounds of witnessing with a partner; a fault is found within two
BODIES = (  # the most bytes of a body by its path, the longest prefix first; more is 413 at once
    ("/exchange/v1/", EXCHANGE_MAX_BODY),
    ("/exchange/v1/attachments/", ATTACHMENT_MAX_BYTES),
    ("/api/", DATA_UPLOAD_MAX_MEMORY_SIZE),
    ("/witness/", 2**20),
    ("/", 64 * 2**20),  # the screens: a form with photographs
)
WORKER_PROCESSES = env.integer("TIDEWAITER_WORKERS", 1, least=1)  # background work
WEB_PROCESSES = env.integer("TIDEWAITER_WEB", 1 if (os.cpu_count() or 1) < 4 else 2, least=1)

# Logs go to standard error; `serve` says info where nothing is set
LOGGING = logs.config(
    env.choice("TIDEWAITER_LOG_LEVEL", "warning", logs.LEVELS),
    env.choice("TIDEWAITER_LOG_FORMAT", "auto", ("auto", "json", "console")),
)

# Control and risk: what can be inspected a day, and the powers that are named where none is
RISK_RED_A_DAY = env.integer("TIDEWAITER_RED_A_DAY", 0, least=0)  # goods opened; 0: by share
RISK_YELLOW_A_DAY = env.integer("TIDEWAITER_YELLOW_A_DAY", 0, least=0)  # papers; 0: by share
RISK_RED_PER_CENT = env.integer("TIDEWAITER_RED_PER_CENT", 5, least=0)  # of the declarations
RISK_YELLOW_PER_CENT = env.integer("TIDEWAITER_YELLOW_PER_CENT", 10, least=0)  # of them
RISK_RED_LEAST_PER_CENT = env.integer("TIDEWAITER_RED_LEAST", 50, least=0)  # score below: not red
RISK_YELLOW_LEAST_PER_CENT = env.integer("TIDEWAITER_YELLOW_LEAST", 25, least=0)  # not yellow
RISK_GREEN_RELEASE_POWER = env.text("TIDEWAITER_GREEN_RELEASE_POWER", "")  # set: green goes at once
POWER_INSPECT = env.text("TIDEWAITER_POWER_INSPECT", "RKC General Annex, Standard 6.1")
POWER_RELEASE = env.text("TIDEWAITER_POWER_RELEASE", "RKC General Annex, Standard 3.40")
POWER_SEIZE = env.text("TIDEWAITER_POWER_SEIZE", "RKC General Annex, Standard 6.1; TRIPS Art. 51")

# Signing in
SECRET_KEY = env.secret("TIDEWAITER_SECRET_KEY", HOME / "secret")
AUTH_USER_MODEL = "identity.Person"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "display_name")},
    },
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "tidewaiter-" + ADMINISTRATION.lower()  # several nodes share a loopback host
CSRF_COOKIE_NAME = "tidewaiter-csrf-" + ADMINISTRATION.lower()
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "tidewaiter.web.views.csrf_failed"

# The face to the network: allowed hosts and origins come from `url`
_url = urlsplit(NODE_URL)
_loopback = {"127.0.0.1", "localhost", "::1"}
HOSTS = env.text("TIDEWAITER_HOSTS", "").split()  # more names by which our own people reach it
OFF_LOOPBACK = bool(HOSTS) or (bool(_url.hostname) and _url.hostname not in _loopback)
ALLOWED_HOSTS = sorted({"127.0.0.1", "localhost", "[::1]", _url.hostname or "localhost", *HOSTS})
CSRF_TRUSTED_ORIGINS = [f"{_url.scheme}://{_url.netloc}"] if _url.netloc else []
CSRF_TRUSTED_ORIGINS += [f"https://{each}" for each in HOSTS]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = OFF_LOOPBACK
BEHIND_PROXY = env.boolean("TIDEWAITER_BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
FORCE_SCRIPT_NAME = _url.path.rstrip("/") or None

DEBUG = False
ROOT_URLCONF = "tidewaiter.node.urls"
APPEND_SLASH = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "tidewaiter.web",
    "tidewaiter.reference",
    "tidewaiter.keys",
    "tidewaiter.vault",
    "tidewaiter.identity",
    "tidewaiter.work",
    "tidewaiter.ledger",
    "tidewaiter.agreements",
    "tidewaiter.exchange",
    "tidewaiter.documents",
    "tidewaiter.controls",
    "tidewaiter.risk",
    "tidewaiter.assistance",
    "tidewaiter.node",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tidewaiter.identity.middleware.CookielessMiddleware",
    "tidewaiter.web.middleware.ShellMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "tidewaiter.node.middleware.ProblemAnswers",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tidewaiter.identity.middleware.IdentityMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["tidewaiter.web.templatetags.web"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
STATIC_URL = "/static/"

# Words and times: moments are kept in UTC and shown in the node's time zone
USE_I18N = True
USE_TZ = True
TIME_ZONE = _node.get("timezone", "UTC")
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
