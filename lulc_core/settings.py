"""One frozen Settings. Precedence: argument > environment > .streamlit/secrets.toml > default."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from lulc_core.domain.errors import InputError

CDSE_BASE_URL = "https://sh.dataspace.copernicus.eu"
CDSE_TOKEN_URL = "https://identity.dataspace.copernicus.eu/auth/realms/CDSE/protocol/openid-connect/token"
COMMERCIAL_BASE_URL = "https://services.sentinel-hub.com"
COMMERCIAL_TOKEN_URL = "https://services.sentinel-hub.com/auth/realms/main/protocol/openid-connect/token"

GCS_URL = "https://storage.googleapis.com"
CDSE_STAC_URL = "https://stac.dataspace.copernicus.eu/v1"
EARTH_SEARCH_URL = "https://earth-search.aws.element84.com/v1"

SECRETS_FILE = Path(".streamlit/secrets.toml")


def default_cache_dir() -> Path:
    """Return where downloads are kept: ``LULC_CACHE_DIR``, else the user's cache folder of the platform."""
    from platformdirs import user_cache_path

    return user_cache_path("lulc-explorer")


@dataclass(frozen=True)
class Settings:
    """Everything that can be set from outside. Secrets never show in ``repr``.

    Environment names are given in ``ENVIRONMENT``; secrets.toml uses the same names.
    """

    sh_client_id: str = field(default="", repr=False)
    sh_client_secret: str = field(default="", repr=False)
    sh_base_url: str = CDSE_BASE_URL
    sh_token_url: str = CDSE_TOKEN_URL
    gcs_url: str = GCS_URL
    """Where the open bucket of L1C products is, or a mirror."""
    cdse_stac_url: str = CDSE_STAC_URL
    """Catalogue of L1C products."""
    earth_search_url: str = EARTH_SEARCH_URL
    """Catalogue of L2A products as COGs."""
    max_area_km2: float = 1500.0
    """Largest area of one drawing, km2."""
    cache_dir: Path = field(default_factory=default_cache_dir)
    cache_max_mb: float = 4096.0
    """Bound of the download cache on disk, MiB."""
    min_clear_share: float = 0.5
    """A tile with less clear ground than this is not named."""
    model: str = "default"
    eurosat: str = ""
    """EuroSAT.zip or its folder on this machine, for the pictures of the Model page; empty for none."""

    # For an operator whose server others use; docs/server.md has the table.
    login: bool = False
    """Users must log in with the provider of ``[auth]`` in secrets.toml (OpenID Connect)."""
    allow_server_paths: bool = False
    """Users may name files of the server (Model page, regions on Explore); else only ``eurosat`` is read."""
    allow_other_services: bool = False
    """Users may have the server call an address of their own in place of the known services."""
    frame_ancestors: str = "'self'"
    """Who may show the app in a frame, as Content-Security-Policy has it: ``'none'``, ``'self'`` or addresses."""
    uploads_mb: float = 500.0
    """Bound of the uploads of one session together, MB."""
    all_uploads_mb: float = 1000.0
    """Bound of the uploads of all sessions together, MB."""
    computing: int = 2
    """Maps, comparisons and documents that are computed at once."""
    memory_mb: float = 600.0
    """Bound of the imagery of all maps that are being made, MB; one map alone may be larger."""
    kept_mb: float = 300.0
    """Bound of the finished maps that are kept for coming back to, MB."""
    server_mb: float = 1000.0
    """When the app has more than this in memory, MB, sessions whose tab was closed lose their maps at once."""
    link_s: float = 20.0
    """A link that is opened starts work of at most so many seconds; more takes a click."""
    left_s: float = 20.0
    """Work of a session goes on so long after its tab was closed or its connection lost, seconds."""
    session_requests: float = 0.0
    """Requests that one session may send on the account of the server; 0 for no limit."""
    session_units: float = 0.0
    """Processing units likewise."""
    session_km2: float = 0.0
    """Area of the maps that one session may make, km2, whatever the imagery; 0 for no limit."""
    day_requests: float = 0.0
    """As ``session_requests``, of all sessions in a day (UTC)."""
    day_units: float = 0.0
    """As ``session_units``, of all sessions in a day."""
    day_km2: float = 0.0
    """As ``session_km2``, of all sessions in a day."""

    @property
    def has_credentials(self) -> bool:
        """True if both client id and secret are there."""
        return bool(self.sh_client_id and self.sh_client_secret)


ENVIRONMENT: Mapping[str, str] = {
    f.name: f.name.upper() if f.name.startswith("sh_") else f"LULC_{f.name.upper()}" for f in fields(Settings)
}
"""Name in the environment, and in secrets.toml, of each field."""
_DEFAULTS: Mapping[str, Any] = {f.name: None if f.default is MISSING else f.default for f in fields(Settings)}
_MAY_BE_ZERO = ("session_", "day_", "link_s")


def load_settings(
    *,
    environment: Mapping[str, str] | None = None,
    secrets_file: Path | None = SECRETS_FILE,
    **arguments: Any,
) -> Settings:
    """Gather the settings.

    Args:
        environment: stands in for ``os.environ``.
        secrets_file: a TOML file with the environment names as keys (also under a ``[sentinel_hub]`` table);
            it need not exist. None to read none.
        **arguments: fields of Settings; those that are None or empty text are passed over.

    Raises:
        InputError: an unknown name, a number that is none, a secrets file that is not TOML.
    """
    environment = os.environ if environment is None else environment
    secrets = _read_secrets(secrets_file)
    known = {f.name: f for f in fields(Settings)}
    unknown = sorted(set(arguments) - set(known))
    if unknown:
        raise InputError(f"There is no setting {', '.join(unknown)}; there are {', '.join(known)}.")
    values: dict[str, Any] = {}
    for name, variable in ENVIRONMENT.items():
        for candidate in (arguments.get(name), environment.get(variable), secrets.get(variable)):
            if candidate not in (None, ""):
                values[name] = _convert(name, variable, candidate)
                break
    return Settings(**values)


def _convert(name: str, variable: str, value: Any) -> Any:
    usual = _DEFAULTS[name]
    if isinstance(usual, bool):
        return _yes_or_no(variable, value)
    if isinstance(usual, int | float):
        return _number(name, variable, value, whole=isinstance(usual, int))
    if name == "cache_dir":
        return Path(value).expanduser()
    text = str(value).strip()  # pasted secrets often carry white space
    if name in ("gcs_url", "cdse_stac_url", "earth_search_url") and not text.startswith(("https://", "http://")):
        raise InputError(f"{variable} is {text!r}; an address that begins with https:// is needed.")
    return text.rstrip("/") if name.endswith("_url") else text


def _yes_or_no(variable: str, value: Any) -> bool:
    text = str(value).strip().lower()
    if text not in ("1", "true", "yes", "0", "false", "no"):
        raise InputError(f"{variable} is {value!r}; it is 1 (yes) or 0 (no).")
    return text in ("1", "true", "yes")


def _number(name: str, variable: str, value: Any, *, whole: bool) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{variable} is {value!r}; a number is needed.") from error
    top = 1.0 if name == "min_clear_share" else float("inf")
    zero = name.startswith(_MAY_BE_ZERO)
    if not (0 < number <= top or (zero and number == 0)):
        least = "0 or more" if zero else "above 0"
        raise InputError(f"{variable} is {number:g}; it must be {least}" + (" and at most 1." if top == 1 else "."))
    if whole and not number.is_integer():
        raise InputError(f"{variable} is {number:g}; a whole number is needed.")
    return int(number) if whole else number


def _read_secrets(path: Path | None) -> dict[str, Any]:
    if path is None or not path.is_file():
        return {}
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        # The parser's message may quote the line, and with it a secret; say only where the file is.
        raise InputError(f"{path} cannot be read as TOML.", hint='Write lines such as SH_CLIENT_ID = "...".') from error
    table = data.get("sentinel_hub")
    return {**data, **table} if isinstance(table, dict) else data
