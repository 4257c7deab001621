"""All settings, read from the environment and the data directory once, and passed on from here.

`./thingstead up` writes the data directory and sets the environment of its children; a part that is started by hand
finds the same values in the data directory (`endpoint.json`, `secret_key`, `broker/url`).
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.management.utils import get_random_secret_key

from console import languages, logs
from iot.core.arn import Scope

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("THINGSTEAD_DATA") or BASE_DIR / "var").resolve()


def _stored(name: str) -> str:
    path = DATA_DIR / name
    return path.read_text().strip() if path.is_file() else ""


def _database(url: str) -> dict[str, Any]:
    """Turn `postgresql://user:password@host:port/name` into Django's form; without one, SQLite."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "thingstead.sqlite3",
            "CONN_MAX_AGE": None,
            # Tests call services from threads, each with a connection of its own: that takes a file
            "TEST": {
                "NAME": Path("/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir())
                / f"tests-{os.getpid()}.sqlite3"
            },
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                "PRAGMA journal_size_limit=67108864",
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


_endpoint: dict[str, Any] = json.loads(_stored("endpoint.json") or "{}")

# Where things are
HOST = os.environ.get("THINGSTEAD_HOST", "127.0.0.1")
HTTP_PORT = int(os.environ.get("THINGSTEAD_HTTP_PORT") or urlsplit(_endpoint.get("http", "")).port or 8000)
MQTT_PORT = int(os.environ.get("THINGSTEAD_MQTT_PORT") or _endpoint.get("mqtt_port", 8883))
HTTPS_PORT = int(os.environ.get("THINGSTEAD_HTTPS_PORT") or _endpoint.get("https_port", 8443))
ENDPOINT = os.environ.get("THINGSTEAD_ENDPOINT") or _endpoint.get("mqtt_host", "localhost")
URL_PREFIX = os.environ.get("THINGSTEAD_URL_PREFIX", "").strip("/")
BROKER_URL = os.environ.get("BROKER_URL") or _stored("broker/url")
BROKER_SOCKET = os.environ.get("BROKER_SOCKET", "")
# A broker that acknowledges first and then saves is asked once more before a device gets its acknowledgement
BROKER_BARRIER = os.environ.get("BROKER_BARRIER") == "1"
# The only bridge of a broker need not share its subscriptions, and a restarted Mosquitto then keeps them
BRIDGE_ALONE = os.environ.get("BRIDGE_ALONE") == "1"
BRIDGE_GROUP = os.environ.get("THINGSTEAD_BRIDGE_GROUP") or _stored("broker/group") or "thingstead-bridge"

# Whose resources the broker's messages belong to
ACCOUNT_ID = os.environ.get("THINGSTEAD_ACCOUNT") or _endpoint.get("account", "123456789012")
REGION = os.environ.get("THINGSTEAD_REGION") or _endpoint.get("region", "us-east-1")
SCOPE = Scope(ACCOUNT_ID, REGION)

# How the gateway treats devices: `standard` MQTT, or `strict` as AWS; single limits as JSON, {"publishes": 1000}
GATEWAY_MODE = os.environ.get("THINGSTEAD_GATEWAY_MODE", "standard")
GATEWAY_LIMITS: dict[str, float] = json.loads(os.environ.get("THINGSTEAD_GATEWAY_LIMITS") or "{}")

# Limits that AWS calls adjustable
SHADOW_BYTES = int(os.environ.get("THINGSTEAD_SHADOW_BYTES", 8 * 1024))
SHADOW_DEPTH = int(os.environ.get("THINGSTEAD_SHADOW_DEPTH", 8))
SHADOW_HISTORY = int(os.environ.get("THINGSTEAD_SHADOW_HISTORY", 20))
# AWS waits 300 seconds between a thing type's deprecation and its deletion
THING_TYPE_DELETE_SECONDS = int(os.environ.get("THINGSTEAD_THING_TYPE_DELETE_SECONDS", 0))
# Rates are AWS's quotas times this factor, counted in each process; 1 is AWS's own, 0 switches them off
QUOTA_FACTOR = float(os.environ.get("THINGSTEAD_QUOTA_FACTOR", 1000))

# Rules: hosts (names or networks) that the HTTP actions may reach although their addresses are private, and by plain
# HTTP; they need no confirmation. How long a failed action is tried again.
TRUSTED_HTTP_HOSTS = tuple(filter(None, os.environ.get("THINGSTEAD_TRUSTED_HTTP_HOSTS", "").split(",")))
RULE_RETRY_SECONDS = float(os.environ.get("THINGSTEAD_RULE_RETRY_SECONDS", 24 * 3600))

SECRET_KEY = os.environ.get("SECRET_KEY") or _stored("secret_key") or get_random_secret_key()
DEBUG = False
# On loopback any name may lead here (a tunnel's, a proxy's); elsewhere those of the server's certificate, and yours
ALLOWED_HOSTS = ["*"] if HOST in ("127.0.0.1", "::1", "localhost") else [HOST, ENDPOINT, "localhost", "127.0.0.1"]
ALLOWED_HOSTS += [name for name in os.environ.get("THINGSTEAD_HOSTS", "").split(",") if name]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "django_htmx",
    "django_ace",
    "lucide",
    "template_partials",
    "drf_spectacular_sidecar",
    "iot",
    "console",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "console.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "console.middleware.database_away",
    "console.middleware.language",
]

ROOT_URLCONF = "console.urls"
ASGI_APPLICATION = "console.asgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.context.shell",
            ],
        },
    },
]

DATABASES = {"default": _database(os.environ.get("DATABASE_URL", "") or _stored("database_url"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGGING = logs.configuration("WARNING")

LANGUAGE_CODE = "en"
LANGUAGES = languages.LANGUAGES
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = f"/{URL_PREFIX}/static/" if URL_PREFIX else "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
_COLLECTED = (STATIC_ROOT / "staticfiles.json").is_file() or "collectstatic" in sys.argv
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not _COLLECTED
FORCE_SCRIPT_NAME = f"/{URL_PREFIX}" if URL_PREFIX else None

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "login"
# A proxy that ends TLS must set this header itself, so it is believed only where somebody says that there is one.
BEHIND_TLS = os.environ.get("THINGSTEAD_BEHIND_TLS") == "1"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = BEHIND_TLS
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BEHIND_TLS else 0
# Subdomains and browsers' preload lists are a decision about a whole domain, which is not ours.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# A row of audit for publishes and shadow updates costs more than they do; the control plane always has one.
AUDIT_DATA_PLANE = os.environ.get("THINGSTEAD_AUDIT_DATA_PLANE", "") == "1"

REST_FRAMEWORK: dict[str, Any] = {"UNAUTHENTICATED_USER": None}
