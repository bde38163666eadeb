"""Django's settings, one file for laptop and production: attrx_web.env says which is which."""

import django_stubs_ext
from django_guid.integrations import CeleryIntegration
from kombu import Queue

from attrx_web.env import REPOSITORY, read_env
from attrx_web.logs import logging_config
from attrx_web.policy import CONTENT_SECURITY_POLICY as CONTENT_SECURITY_POLICY
from attrx_web.signin.options import page_rates, providers, shared_cache

# Lets ModelAdmin[Listing] and the like, which type checkers need, run.
django_stubs_ext.monkeypatch()

ENV = read_env()

DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = ENV.allowed_hosts

ATTRX_VAR_DIR = ENV.var_dir
ATTRX_ARTIFACTS_DIR = ENV.artifacts_dir
ATTRX_BASE_MODEL = ENV.base_model
ATTRX_FEATURES_GIB = ENV.features_gib
ATTRX_REDIS_URL = ENV.redis_url
ATTRX_REDIS_EMBEDDED = ENV.redis_embedded
ATTRX_FETCH_ALLOW = ENV.fetch_allow
ATTRX_TEACHER = ENV.teacher
ATTRX_PRICES = ENV.prices
ATTRX_WEBHOOK = ENV.webhook
ATTRX_SITE_URL = ENV.site_url
ATTRX_MAIL_FROM = ENV.mail.sender if ENV.mail else ""

if ENV.mail:
    EMAIL_HOST, EMAIL_PORT = ENV.mail.host, ENV.mail.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENV.mail.user, ENV.mail.password
    EMAIL_USE_SSL, EMAIL_USE_TLS = ENV.mail.use_ssl, not (ENV.mail.use_ssl or ENV.mail.plain)
    EMAIL_TIMEOUT = 15
    DEFAULT_FROM_EMAIL = ENV.mail.sender

ATTRX_SINGLE_SIGN_ON = ENV.accounts.single_sign_on
ATTRX_SECOND_FACTOR = ENV.accounts.second_factor
ATTRX_PROXIES = ENV.accounts.proxies
ATTRX_API_RATE = ENV.accounts.api_rate
ATTRX_API_RATE_ANONYMOUS = ENV.accounts.api_rate_anonymous

INSTALLED_APPS = [
    "attrx_web.auditlog",
    "catalog",
    "labeling",
    "training",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django_guid",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django_guid.middleware.guid_middleware",
    "attrx_web.requestlog.request_log",
    "attrx_web.auditlog.origin.request_kept",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "attrx_web.auditlog.middleware.refusals_recorded",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "attrx_web.signin.seen.session_seen",
    "attrx_web.signin.factor.SecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "attrx_web.urls"
WSGI_APPLICATION = "attrx_web.wsgi.application"
ASGI_APPLICATION = "attrx_web.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [REPOSITORY / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "attrx_web.roles.roles",
                "training.context.alerts",
            ],
        },
    }
]

DATABASES = {"default": ENV.database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = None if DEBUG else ENV.var_dir / "static"
STATICFILES_DIRS = [REPOSITORY / "static"]
MEDIA_ROOT = ENV.var_dir / "media"
STORAGES = {
    "default": {"BACKEND": "catalog.imaging.bucket.BucketMedia", "OPTIONS": ENV.media_bucket}
    if ENV.media_bucket
    else {"BACKEND": "catalog.imaging.storage.LocalMedia"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

CACHES = {"default": shared_cache(ENV.redis_url)}

# Sign-in is allauth's (docs/decisions/0036): people come by invitation or by the issuer that is set.
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "attrx_web.signin.adapters.AccountAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_VERIFICATION = "none"  # Addresses come from admins and issuers, who vouch for them.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "attrx: "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEBUG else "https"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_METHODS = {"password", "mfa"}  # Not by codes in mails, which have no page here.
ACCOUNT_RATE_LIMITS = page_rates(ENV.accounts)
MFA_RATE_LIMITS = {"webauthn_login": ACCOUNT_RATE_LIMITS["login"]}
MFA_ADAPTER = "attrx_web.signin.secrets.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "attrx"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG  # http://localhost
SOCIALACCOUNT_ADAPTER = "attrx_web.signin.adapters.SocialAdapter"
# A form that leads to the issuer would break the policy's form-action, so that a link does.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS = providers(ATTRX_SINGLE_SIGN_ON)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# The API (docs/decisions/0033): a view that does not say whom it is for lets nobody in.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "catalog.rest.auth.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["catalog.rest.permissions.RoleAndScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "catalog.rest.paging.KeyPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "catalog.rest.openapi.ApiSchema",
    "EXCEPTION_HANDLER": "catalog.rest.problems.problem_of",
    "DEFAULT_THROTTLE_CLASSES": ["catalog.rest.throttles.PersonRate", "catalog.rest.throttles.AddressRate"],
    "NUM_PROXIES": ATTRX_PROXIES,
    "URL_FORMAT_OVERRIDE": None,
}
KNOX_TOKEN_MODEL = "catalog.ApiToken"
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_PREFIX": "attrx_"}
# Its own table of tokens is not used.
MIGRATION_MODULES = {"knox": None}
SPECTACULAR_SETTINGS = {
    "TITLE": "attrx",
    "DESCRIPTION": "Everything that the pages do, for programs. See docs/guide/api.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [],
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
# In production a proxy ends TLS and sets this header on every request.
SECURE_PROXY_SSL_HEADER = None if DEBUG else ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = logging_config(ENV.operations)

# One id names a request in every line of the log, in the answer's header, and in the tasks that it started.
DJANGO_GUID = {
    "GUID_HEADER_NAME": "X-Request-ID",
    "EXPOSE_HEADER": False,
    "INTEGRATIONS": [CeleryIntegration()],
}
ATTRX_METRICS_TOKEN = ENV.operations.metrics_token
ATTRX_PREDICT_WAITERS = ENV.operations.predict_waiters

# The form of an attribute sends four fields for each of its values, retired ones too.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

CELERY_BROKER_URL = ENV.celery_broker_url
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A Redis that is away comes back some time: workers wait for it.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Longer than the longest task: an unacknowledged message is delivered again after this many seconds. A round
# may take days; what lost its worker is found by the ledger's sweep, whatever its message does.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 7 * 24 * 3600}
CELERY_TASK_QUEUES = [Queue("default"), Queue("gpu")]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Ledger rows in the database are the results.
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(ENV.var_dir / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "round-sweep": {
        "task": "training.tasks.round_sweep",
        "schedule": 30.0,
        "options": {"queue": "default", "expires": 30},
    },
    "routing-sweep": {
        "task": "training.tasks.routing_sweep",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60},
    },
    "import-sweep": {
        "task": "catalog.tasks.import_sweep",
        "schedule": 30.0,
        "options": {"queue": "default", "expires": 30},
    },
    "sessions-sweep": {
        "task": "catalog.tasks.sessions_sweep",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 3600},
    },
    "teacher-sweep": {
        "task": "labeling.tasks.teacher_sweep",
        "schedule": 30.0,
        "options": {"queue": "default", "expires": 30},
    },
    "rules-apply": {
        "task": "labeling.tasks.rules_apply",
        "schedule": 30.0,
        "options": {"queue": "default", "expires": 30},
    },
    "photos-render": {
        "task": "catalog.tasks.photos_render",
        "schedule": 30.0,
        "options": {"queue": "default", "expires": 30},
    },
    "people-sweep": {
        "task": "labeling.tasks.people_sweep",
        "schedule": 300.0,
        "options": {"queue": "default", "expires": 300},
    },
    "health-sweep": {
        "task": "training.tasks.health_sweep",
        "schedule": 300.0,
        "options": {"queue": "default", "expires": 300},
    },
    "deliveries-sweep": {
        "task": "training.tasks.deliveries_sweep",
        "schedule": 30.0,
        "options": {"queue": "default", "expires": 30},
    },
}
