"""Every setting of the service, and the only place that reads the environment.

A required variable has no default: a process that would not work does not start, and says what to set.
"""

import os
import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

_missing: list[str] = []


def _required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        _missing.append(name)
    return value


def _words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def _seconds(name: str, default: float) -> float:
    value = os.environ.get(name, "") or str(default)
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0
    if not 0 < seconds < 3600:
        raise ImproperlyConfigured(f"{name} must be a number of seconds, not {value!r}.")
    return seconds


def _count(name: str, default: int) -> int:
    value = os.environ.get(name, "") or str(default)
    if not re.fullmatch("[1-9][0-9]{0,17}", value):
        raise ImproperlyConfigured(f"{name} must be a whole number from 1, not {value!r}.")
    return int(value)


def _rate(name: str, default: str) -> tuple[int, int]:
    """So many at once, and as many again in so many seconds."""
    value = os.environ.get(name, "") or default
    if not re.fullmatch("[1-9][0-9]{0,8}/[1-9][0-9]{0,4}", value):
        raise ImproperlyConfigured(f"{name} must be requests/seconds, e.g. {default}, not {value!r}.")
    most, seconds = value.split("/")
    return int(most), int(seconds)


# --- What this process serves -------------------------------------------------------------------

SERVICE_ROLE = _required("SERVICE_ROLE")
# The staff admin needs what the files role has no business to know.
SERVES_ADMIN = SERVICE_ROLE != "files"
PORT = _count("PORT", 8000)
WORKERS = _count("WEB_CONCURRENCY", 2)
THREADS = _count("THREADS", 16)
# Requests in progress per worker; of more, half as many wait for a moment, and the rest is 503 (deploy.admission).
# Below THREADS, so that a thread is always left for health checks.
MAX_IN_FLIGHT = _count("MAX_IN_FLIGHT", max(1, THREADS - 2))

# What one user may send to one process, and one address without a valid token. The website sends changes one after the
# other, and each takes its way through the gateway: a thousand pasted lines stay below the first.
USER_RATE = _rate("USER_RATE", "300/10")
ADDRESS_RATE = _rate("ADDRESS_RATE", "300/60")

# --- AWS ----------------------------------------------------------------------------------------

# botocore itself reads only AWS_DEFAULT_REGION, ECS sets only AWS_REGION: hence passed to every client.
AWS_REGION = _required("AWS_REGION")
# Seconds. Three attempts with their pauses: 503 within 7 s when AWS hangs, and below API Gateway's limit of 30 s even
# where each of several calls is slow.
AWS_CONNECT_TIMEOUT = _seconds("AWS_CONNECT_TIMEOUT", 1)
AWS_READ_TIMEOUT = _seconds("AWS_READ_TIMEOUT", 1.8)
AWS_ATTEMPTS = _count("AWS_ATTEMPTS", 3)

TODOS_TABLE = _required("TODOS_TABLE")
FILES_TABLE = _required("FILES_TABLE")
FILES_BUCKET = _required("FILES_BUCKET")
MAX_FILE_BYTES = _count("MAX_FILE_BYTES", 100 * 1024**2)
USER_FILE_QUOTA = _count("USER_FILE_QUOTA", 1024**3)

COGNITO_USER_POOL_ID = _required("COGNITO_USER_POOL_ID")
COGNITO_CLIENT_IDS = frozenset(_words("COGNITO_CLIENT_IDS"))
if not COGNITO_CLIENT_IDS:
    _missing.append("COGNITO_CLIENT_IDS")
COGNITO_ISSUER = (
    os.environ.get("COGNITO_ISSUER") or f"https://cognito-idp.{AWS_REGION}.amazonaws.com/{COGNITO_USER_POOL_ID}"
)

if SERVES_ADMIN:
    STAFF_TABLE = _required("STAFF_TABLE")
    AUDIT_TABLE = _required("AUDIT_TABLE")
    # A pool of its own, because Cognito sets multi-factor authentication per pool.
    STAFF_USER_POOL_ID = _required("STAFF_USER_POOL_ID")
    STAFF_CLIENT_ID = _required("STAFF_CLIENT_ID")

# The bucket's own regional address: botocore's default is the global one, which redirects for a new bucket.
_s3_override = os.environ.get("AWS_ENDPOINT_URL_S3", "")
STORAGES = {
    "default": {
        "BACKEND": "files.storage.FilesStorage",
        "OPTIONS": {
            "bucket_name": FILES_BUCKET,
            "region_name": AWS_REGION,
            "endpoint_url": _s3_override or f"https://s3.{AWS_REGION}.amazonaws.com",
            "addressing_style": "path" if _s3_override else "virtual",
            "signature_version": "s3v4",
            "file_overwrite": False,
            "querystring_expire": 15 * 60,
        },
    },
}

# --- Django -------------------------------------------------------------------------------------

SECRET_KEY = _required("DJANGO_SECRET_KEY")
DEBUG = False
# Nothing is built from the Host header, and only the load balancer can reach the port.
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "todoproject.urls"
WSGI_APPLICATION = "todoproject.wsgi.application"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
DATABASES: dict[str, dict[str, str]] = {}

INSTALLED_APPS = [
    "rest_framework",
    "drf_spectacular",
    "todoproject",
    "todos",
    "files",
]
if SERVES_ADMIN:
    INSTALLED_APPS += [
        # Before Django's admin, whose templates some of its own replace.
        "todoproject.support.apps.SupportConfig",
        "todoproject.support.apps.SupportAdminConfig",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
    ]

CORS_ALLOWED_ORIGINS = _words("CORS_ALLOWED_ORIGINS")
# Where browsers see the admin, e.g. https://admin.example.com, if that is not the Host that reaches this process.
CSRF_TRUSTED_ORIGINS = _words("CSRF_TRUSTED_ORIGINS")
CORS_ALLOW_METHODS = ["GET", "POST", "PATCH", "DELETE", "OPTIONS"]
CORS_ALLOW_HEADERS = ["authorization", "content-type", "if-match", "if-none-match", "idempotency-key"]
CORS_EXPOSE_HEADERS = ["ETag", "Location", "Retry-After", "Deprecation", "RateLimit", "RateLimit-Policy"]
CORS_PREFLIGHT_MAX_AGE = 3600

MIDDLEWARE = [
    "todoproject.api.requests.measure_answer",
    *(["corsheaders.middleware.CorsMiddleware"] if CORS_ALLOWED_ORIGINS else []),
    "todoproject.api.health.answer_health_checks",
    "todoproject.api.requests.identify_request",
    "todoproject.api.requests.require_length",
    "todoproject.api.limits.tell_limits",
    "django.middleware.security.SecurityMiddleware",
]
if SERVES_ADMIN:
    # Each looks at the path first. CSRF is checked by the decorator that AdminSite puts around its views.
    MIDDLEWARE += [
        "todoproject.support.middleware.Pages",
        "todoproject.support.middleware.Sessions",
        "todoproject.support.middleware.Authentication",
        "todoproject.support.middleware.Messages",
    ]
    AUTH_USER_MODEL = "support.StaffUser"
    AUTHENTICATION_BACKENDS = ["todoproject.support.staff.StaffBackend"]
    LOGIN_URL = "admin:login"
    SESSION_ENGINE = "todoproject.support.sessions"
    # In the session: the other place would be a cookie for all paths.
    MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
    SESSION_COOKIE_NAME = "__Secure-support_session"
    CSRF_COOKIE_NAME = "__Secure-support_csrf"
    SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/admin/"
    # Browsers take http://localhost for secure as well.
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_HTTPONLY = True
    CSRF_COOKIE_SAMESITE = "Strict"
    SESSION_EXPIRE_AT_BROWSER_CLOSE = True
    CSRF_FAILURE_VIEW = "todoproject.support.middleware.refuse_forged"
    X_FRAME_OPTIONS = "DENY"
    STATIC_URL = "/admin/static/"
    FORMAT_MODULE_PATH = "todoproject.support.formats"
    TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ]

SECURE_PROXY_SSL_HEADER = ("HTTP_X_CLIENT_PROTO", "https")
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SILENCED_SYSTEM_CHECKS = [
    "security.W003",  # The API has no cookie and no form; AdminSite checks the forms of its own views.
    "security.W002",  # Answers are JSON; the pages (docs, admin) forbid framing in their Content-Security-Policy.
    "security.W008",  # API Gateway takes HTTPS only; the load balancer behind it is reached inside the VPC.
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["todoproject.api.authentication.CognitoAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["todoproject.api.limits.CallerThrottle"],
    "DEFAULT_PARSER_CLASSES": ["todoproject.api.parsing.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["todoproject.api.rendering.WireRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "todoproject.api.parsing.OnlyJSON",
    "DEFAULT_METADATA_CLASS": "todoproject.api.parsing.AllowedMethods",
    "DEFAULT_SCHEMA_CLASS": "todoproject.api.schema.OperationSchema",
    "EXCEPTION_HANDLER": "todoproject.api.errors.to_problem",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "To-do service",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "PREPROCESSING_HOOKS": ["todoproject.api.schema.use_wire_names"],
    "POSTPROCESSING_HOOKS": ["todoproject.api.schema.describe_strict_bodies"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "todoproject.api.logs.JSONLines",
            "format": "{asctime}{levelname}{name}{message}",
            "style": "{",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        }
    },
    # On stdout, commands print what is for machines.
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Names the path, which may hold an e-mail address; todoproject.api logs every answer and every trace itself.
        "django.request": {"level": "CRITICAL"},
        "django.security": {"level": "CRITICAL"},  # What a client did wrong is answered with 400, and alarms nobody.
        "botocore": {"level": "WARNING"},
        "pynamodb": {"level": "WARNING"},
    },
}

# --- Refuse to start half-configured ------------------------------------------------------------

if _missing:
    raise ImproperlyConfigured(
        f"Set the environment variable{'s' if len(_missing) > 1 else ''} {', '.join(_missing)}: "
        "the service cannot start without. `make run` sets all of them for a local start."
    )
if SERVICE_ROLE not in {"todos", "files", "all"}:
    raise ImproperlyConfigured(f"SERVICE_ROLE must be todos, files or all, not {SERVICE_ROLE!r}.")
