"""The one settings module. Every value that differs between machines comes from the environment.

Development means `DEVELOPMENT=true` or `DEBUG=true`, or a `DATA_DIR/services.env` that the
embedded servers wrote (so that `manage.py` finds what `make run` started). Anything else is
production, as is an explicit `DEBUG=false`: it refuses to start without its secrets.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from config.colours import BLUE
from config.logs import configure_structlog, logging_config
from payments.sandbox.accounts import DEMO_SECRET

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
# First of all: it may say where everything else is.
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data"))).absolute()
_services = DATA_DIR / "services.env"
_embedded = _services.is_file() and env.bool("DEBUG", default=True)
if _embedded:
    env.read_env(_services)

DEBUG = env.bool("DEBUG", default=False)
# Working defaults for every secret, sandboxes allowed.
DEVELOPMENT = env.bool("DEVELOPMENT", default=DEBUG or _embedded)


def secret(name: str) -> str:
    """A secret from the environment; outside development it must be given."""
    value = str(env.str(name, default=""))
    if value:
        return value
    if DEVELOPMENT:
        digest = hashlib.sha256(f"development only: {name}".encode()).digest()
        return base64.urlsafe_b64encode(digest).decode()
    raise ImproperlyConfigured(
        f"{name} is not set. Production needs its own secret (docs/operations.md); "
        "for development use `make run`, or set DEVELOPMENT=true."
    )


SECRET_KEY = secret("SECRET_KEY")
# Comma-separated, url-safe base64 of 32 bytes each: the first encrypts, all decrypt.
CARD_KEYS = [key.strip() for key in secret("CARD_KEYS").split(",") if key.strip()]
# Keyed fingerprint that finds a duplicate card without decrypting; never rotated.
CARD_FINGERPRINT_KEY = secret("CARD_FINGERPRINT_KEY")

PORT = env.int("PORT", default=8000)
BASE_URL = env.str("BASE_URL", default=f"http://127.0.0.1:{PORT}")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if DEVELOPMENT else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "config.apps.AdminSetupConfig",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "mptt",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "django_cotton.apps.SimpleAppConfig",
    "lucide",
    "rest_framework",
    "drf_spectacular",
    "ui",
    "users",
    "ledger",
    "catalog",
    "suppliers",
    "payments",
    "orders",
    "reconciliation",
    "kameng",
    "kalegou",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.compression.CompressedTexts",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.AdminContentSecurityPolicy",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.PagesArePrivate",
    "config.middleware.ChineseUnlessSwitched",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "users.middleware.KnownDevices",
    "users.middleware.SecondStep",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.RequestLog",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ui.context_processors.ui",
            ],
            "builtins": ["django_cotton.templatetags.cotton"],
        },
    }
]
FORM_RENDERER = "ui.forms.Renderer"

# Databases and caches. Persistent connections: a purchase must not pay for a connection.
_database = env.db_url("DATABASE_URL", default="postgres://app@127.0.0.1:5432/app")
DATABASES = {
    "default": {
        **_database,
        # Prepared statements (database/prepared.py) look up by keys: one plan fits every value. It
        # is kept while tables grow, so it had better use their indexes while they are small.
        "OPTIONS": {
            "options": "-c plan_cache_mode=force_generic_plan -c random_page_cost=1.1",
            **_database.get("OPTIONS", {}),
        },
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }
}
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# People.
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "users.backends.PhoneOrUsernameBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name}
    for name in (
        "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "users.passwords.MinimumLength",
        "django.contrib.auth.password_validation.CommonPasswordValidator",
        "django.contrib.auth.password_validation.NumericPasswordValidator",
    )
]
LOGIN_URL = "users:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
# The first that knows the person says where a log-in without `next` leads; else the shop.
LOGIN_LANDINGS = ["kameng.access.landing"]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HANDLER = "users.throttling.LogInGuard"
AXES_USERNAME_CALLABLE = "users.throttling.account_name"
AXES_CLIENT_IP_CALLABLE = "users.throttling.origin_of"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "next"]  # never kept with an attempt
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_TEMPLATE = "users/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
# From one address (TRUSTED_PROXIES): wrong passwords for any names in a cool-off, new accounts.
# Many people can share an address; in development and its tests, everybody does.
LOGIN_FAILURES_PER_ADDRESS = env.int("LOGIN_FAILURES_PER_ADDRESS", default=100)
SIGN_UPS_PER_HOUR = env.int("SIGN_UPS_PER_HOUR", default=1000 if DEVELOPMENT else 20)

# One-time codes: how they are sent (users/texts), and how many an address may ask for, or guess.
TEXT_BACKENDS = {
    "console": "users.texts.console.ConsoleTexts",
    "email": "users.texts.email.EmailTexts",
    "aliyun": "users.texts.aliyun.AliyunTexts",
}
ALIYUN_SMS = {
    name: env.str(f"ALIYUN_SMS_{name.upper()}", default="")
    for name in ("access_key_id", "access_key_secret", "sign_name", "template_code")
}
ALIYUN_SMS_URL = env.str("ALIYUN_SMS_URL", default="https://dysmsapi.aliyuncs.com")
TEXT_BACKEND = env.str(
    "TEXT_BACKEND",
    default="aliyun" if ALIYUN_SMS["access_key_id"] else "console" if DEVELOPMENT else "email",
)
# The back office is closed to staff who have set up no second step of logging in.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=False)
CODES_PER_ADDRESS_AN_HOUR = env.int("CODES_PER_ADDRESS", default=1000 if DEVELOPMENT else 30)
WRONG_CODES_PER_ADDRESS_AN_HOUR = 100

# Languages: Chinese first, English by switch. Source strings are English.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# Static and private files. Nothing in MEDIA_ROOT is served by address: views check who asks.
STATIC_URL = "/static/"
# What collectstatic gathers for production; development serves from where the files lie.
STATIC_ROOT = None if DEVELOPMENT else BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(DATA_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEVELOPMENT
WHITENOISE_AUTOREFRESH = DEBUG
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

EMAIL_BACKEND = env.str(
    "EMAIL_BACKEND",
    default="django.core.mail.backends.console.EmailBackend"
    if DEVELOPMENT
    else "django.core.mail.backends.smtp.EmailBackend",
)
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=False)
EMAIL_TIMEOUT = 10  # seconds: a mail server that hangs must not hold a worker
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="shop@localhost")

# The named doors between layers: every implementation in one list (docs/architecture.md).
ORDER_CHANNELS = {
    "wholesale": "kameng.channel.WholesaleChannel",
    "sandbox": "kameng.channel.SandboxChannel",
    "retail": "kalegou.channel.RetailChannel",
}
SUPPLIER_ADAPTERS = {
    "stock": "suppliers.adapters.stock.CardStock",
    "fulu": "suppliers.adapters.fulu.FuluAdapter",
    "juhe": "suppliers.adapters.juhe.JuheAdapter",
    "reloadly": "suppliers.adapters.reloadly.ReloadlyAdapter",
    "dtone": "suppliers.adapters.dtone.DTOneAdapter",
    "kameng": "suppliers.adapters.kameng.KamengAdapter",
    "dujiao": "suppliers.adapters.dujiao.DujiaoAdapter",
}
PAYMENT_GATEWAYS = {
    "sandbox": "payments.gateways.sandbox.SandboxGateway",
    "alipay": "payments.gateways.alipay.AlipayGateway",
    "wechat": "payments.gateways.wechat.WeChatGateway",
}
PAYMENT_PURPOSES = {
    "order": "orders.purposes.OrderPurpose",
    "deposit": "payments.purposes.DepositPurpose",
}
# The lowest price that a storefront sells for: an offer that costs more is taken out.
SELLING_FLOORS = ["kameng.floors.lowest_prices", "kalegou.floors.lowest_prices"]
# What people can be told in the inbox of a storefront, and by mail (users/notices).
NOTICE_KINDS = [
    "users.security_notices.KINDS",
    "kameng.notices.KINDS",
    "kameng.account_notices.KINDS",
    "kameng.buying_notices.KINDS",
    "kalegou.aftersale_notices.KINDS",
    "kalegou.plan_notices.KINDS",
    "kalegou.notices.KINDS",
    "kalegou.goods_notices.KINDS",
]

# What each app keeps of a person: for their own copy, and for closing the account.
PERSONAL_DATA = [
    # In the order in which it is let go of: the person last.
    "kalegou.personal.MEMBERS",
    "kameng.personal.AGENTS",
    "users.personal.PEOPLE",
]

# Around every save of a list price: what refuses it (catalog/list_prices.py).
LIST_PRICE_RAILS = ["kameng.services.price_changes.changing_list_prices"]
LEDGER_CHECKS = [
    "ledger.checks",
    "catalog.checks",
    "payments.checks",
    "orders.checks",
    "reconciliation.checks",
    "kameng.checks",
    "kameng.sales_checks",
    "kameng.transfer_checks",
    "kameng.funds_checks",
    "kalegou.checks",
    "kalegou.aftersale_checks",
    "kalegou.membership_checks",
]

# The first page of the back office: what waits for staff, and how today goes (users/desk.py).
STAFF_DESKS = [
    "orders.desk.waiting",
    "payments.desk.waiting",
    "suppliers.desk.waiting",
    "kalegou.desk.waiting",
    "kameng.desk.waiting",
    "kalegou.desk.waiting",
    "reconciliation.desk.waiting",
]
STAFF_FIGURES = [("orders.view_order", "orders.desk.today")]

# Everything that is sealed under CARD_KEYS: what rotate_card_keys re-seals.
SEALED_COLUMNS = [
    "catalog.rotation.CARDS",
    "suppliers.registry.SECRETS",
    "suppliers.alerts.services.SECRETS",
    "kameng.services.api_keys.SECRETS",
    "kameng.services.endpoints.SECRETS",
    "kameng.services.endpoints.NEXT_SECRETS",
    "kameng.identity.APPLICATION_IDS",
    "kameng.services.funds.payout_accounts.NUMBERS",
    "kameng.identity.DILIGENCE_IDS",
    "users.texts.sending.SEALED",
    "users.second_factor.SECRETS",
]

# The sandboxes play the outside world in development; production leaves them off.
SUPPLIER_SANDBOX_URL = env.str(
    "SUPPLIER_SANDBOX_URL", default=f"http://127.0.0.1:{env.int('SUPPLIER_SANDBOX_PORT', PORT + 1)}"
)
PAYMENT_SANDBOX_URL = env.str(
    "PAYMENT_SANDBOX_URL", default=f"http://127.0.0.1:{env.int('PAYMENT_SANDBOX_PORT', PORT + 2)}"
)
PAYMENT_SANDBOX_ENABLED = env.bool("PAYMENT_SANDBOX_ENABLED", default=DEVELOPMENT)
# Keys of the sandbox's Alipay and WeChat Pay, made when they are first needed.
PAYMENT_SANDBOX_KEYS = DATA_DIR / "sandbox" / "payment-keys.json"
# The cashier, a process of its own, has the same default.
PAYMENT_SANDBOX_SECRET = (
    env.str("PAYMENT_SANDBOX_SECRET", default=DEMO_SECRET) if PAYMENT_SANDBOX_ENABLED else ""
)

# Merchant accounts; one that is empty is the sandbox's in development, and closed in production.
# Keys are PEM, with real line ends or \n.
ALIPAY_ACCOUNT = {
    name: env.str(f"ALIPAY_{name.upper()}", default="", multiline=True)
    for name in ("app_id", "seller_id", "private_key", "public_key")
}
ALIPAY_URL = env.str("ALIPAY_URL", default="https://openapi.alipay.com/gateway.do")
WECHATPAY_ACCOUNT = {
    name: env.str(f"WECHATPAY_{name.upper()}", default="", multiline=True)
    for name in (
        "app_id",
        "merchant_id",
        "certificate_serial",
        "private_key",
        "public_key_id",
        "public_key",
        "api_key",
    )
}
WECHATPAY_URL = env.str("WECHATPAY_URL", default="https://api.mch.weixin.qq.com")

# Celery. The database row is the truth and the queue a hint, so a lost message costs time only.
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
# Never: config/celery.py closes what is broken or old, as Django does around web requests.
CELERY_DB_REUSE_MAX = 2**62
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "sweep-orders": {
        "task": "orders.tasks.sweep",
        "schedule": 1.0,
        "options": {"expires": 10, "queue": "sweeps"},  # config/worker_queues.py
    },
    "measure-suppliers": {
        "task": "orders.tasks.measure_suppliers",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "watch-suppliers": {
        "task": "orders.tasks.watch_suppliers",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "ask-for-balances": {
        "task": "suppliers.tasks.ask_for_balances",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "forget-old-readings": {
        "task": "suppliers.tasks.forget_old_readings",
        "schedule": crontab(hour=4, minute=40),
        "options": {"expires": 3600},
    },
    "fetch-price-lists": {
        "task": "suppliers.tasks.fetch_due_lists",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "guard-offers": {
        "task": "suppliers.tasks.guard_offers",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "sweep-alerts": {
        "task": "suppliers.tasks.sweep_alerts",
        "schedule": 5.0,
        "options": {"expires": 20},
    },
    "sweep-payments": {
        "task": "payments.tasks.sweep",
        "schedule": 5.0,
        "options": {"expires": 20},
    },
    "settle-commissions": {
        "task": "kameng.tasks.settle_due_commissions",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "add-up-sales": {
        "task": "kameng.tasks.add_up_sales",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "apply-due-price-changes": {
        "task": "kameng.tasks.apply_due_price_changes",
        "schedule": 5.0,
        "options": {"expires": 20},
    },
    "compare-statements": {
        "task": "reconciliation.tasks.compare_open",
        "schedule": 1800.0,
        "options": {"expires": 1800},
    },
    "refresh-member-levels": {
        "task": "kalegou.tasks.refresh_levels",
        # By the clock: an interval would start anew with every new beat.
        "schedule": crontab(hour=4, minute=10),
        "options": {"expires": 3600},
    },
    "sweep-code-mails": {
        "task": "kalegou.tasks.sweep_code_mails",
        "schedule": 10.0,
        "options": {"expires": 20},
    },
    "sweep-topup-plans": {
        "task": "kalegou.tasks.sweep_topup_plans",
        "schedule": 15.0,
        "options": {"expires": 30},
    },
    "measure-promises": {
        "task": "kalegou.tasks.measure_promises",
        "schedule": 60.0,  # it rests by itself when there is much to read
        "options": {"expires": 60},
    },
    "tell-of-restock": {
        "task": "kalegou.tasks.tell_of_restock",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "give-gifts": {
        "task": "kalegou.tasks.give_gifts",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "expire-points": {
        "task": "kalegou.tasks.expire_points",
        # Every hour, though a day is enough: a night that was missed is caught up with at once.
        "schedule": crontab(minute=15),
        "options": {"expires": 3600},
    },
    "tell-of-coupons": {
        "task": "kalegou.tasks.tell_of_coupons",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "sweep-callbacks": {
        "task": "kameng.tasks.sweep_callbacks",
        "schedule": 5.0,
        "options": {"expires": 20},
    },
    "sweep-batches": {
        "task": "kameng.tasks.sweep_batches",
        "schedule": 5.0,
        "options": {"expires": 20},
    },
    "sweep-plans": {
        "task": "kameng.tasks.sweep_plans",
        "schedule": 5.0,
        "options": {"expires": 20},
    },
    "sweep-webhooks": {
        "task": "kameng.tasks.sweep_webhooks",
        "schedule": 5.0,
        "options": {"expires": 20},
    },
    "compare-prices": {
        "task": "kameng.tasks.compare_prices",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "forget-old-deliveries": {
        "task": "kameng.tasks.forget_old_deliveries",
        "schedule": crontab(hour=4, minute=40),
        "options": {"expires": 3600},
    },
    "end-credit-lines": {
        "task": "kameng.tasks.end_credit_lines",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "sweep-mail": {
        "task": "users.tasks.sweep_mail",
        "schedule": 5.0,
        "options": {"expires": 20},
    },
    "sweep-texts": {
        "task": "users.tasks.sweep_texts",
        "schedule": 5.0,
        "options": {"expires": 20},
    },
    "forget-old-notices": {
        "task": "users.tasks.forget_old_notices",
        "schedule": crontab(hour=4, minute=50),
        "options": {"expires": 3600},
    },
    "watch-diligence": {
        "task": "kameng.tasks.watch_diligence",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "forget-draft-documents": {
        "task": "kameng.tasks.forget_draft_documents",
        "schedule": crontab(hour=4, minute=50),
        "options": {"expires": 3600},
    },
    "checkpoint-ledger": {
        "task": "ledger.tasks.checkpoint",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
}

# The open API for agents' programs (kameng/api).
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "kameng.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": _("Open API for agents"),
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,  # those are for whoever reads the code
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "AgentStatusEnum": "kameng.models.AgentStatus",
        "OrderStatusEnum": "orders.models.OrderStatus",
        "DeliveryKindEnum": "catalog.models.DeliveryKind",
        "AccountFieldKindEnum": "catalog.models.AccountFieldKind",
        "EntryKindEnum": "ledger.models.EntryKind",
    },
    "SORT_OPERATIONS": False,  # as in kameng/api/urls.py
    "WEBHOOKS": [
        f"kameng.api.webhooks.{event}"
        for event in (
            "order_finished",
            "order_refunded",
            "balance_low",
            "price_changed",
            "off_shelf",
            "on_shelf",
            "test",
        )
    ],
}
API_READS_PER_MINUTE = env.int("API_READS_PER_MINUTE", default=600)  # per key
API_WRITES_PER_MINUTE = env.int("API_WRITES_PER_MINUTE", default=300)
# Callbacks to this machine and its network, and over http: never in production.
ALLOW_PRIVATE_CALLBACKS = env.bool("ALLOW_PRIVATE_CALLBACKS", default=DEVELOPMENT)
# Addresses or networks of our own proxies: only their X-Forwarded-For is believed.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

# Browsers: a strict policy everywhere; the admin alone gets what its theme needs.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        # Paying is a form that is answered with a redirect to the gateway's page.
        "form-action": [
            SELF,
            *([PAYMENT_SANDBOX_URL] if PAYMENT_SANDBOX_ENABLED else []),
            *(["https://*.alipay.com"] if ALIPAY_ACCOUNT["app_id"] else []),
            *(["https://wx.tenpay.com"] if WECHATPAY_ACCOUNT["app_id"] else []),
        ],
    }
}
ADMIN_CONTENT_SECURITY_POLICY = {
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "microphone", "geolocation", "payment", "usb")
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
if not DEVELOPMENT:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz/$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

UNFOLD = {
    "SITE_TITLE": _("Back office"),
    "SITE_HEADER": _("Back office"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("favicon.svg")}
    ],
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {"primary": BLUE},
    "DASHBOARD_CALLBACK": "config.back_office.first_page",
    "ACCOUNT": {
        "navigation": [
            {"title": _("Safety of your account"), "link": reverse_lazy("users:security")}
        ]
    },
    "SIDEBAR": {"show_search": True, "navigation": "config.back_office.menu"},
}

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = logging_config(level=LOG_LEVEL, as_json=not DEVELOPMENT)
configure_structlog()
