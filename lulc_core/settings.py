"""One frozen Settings. Precedence: argument > environment > .streamlit/secrets.toml > default."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from lulc_core.domain.errors import InputError

CDSE_BASE_URL = "https://sh.dataspace.copernicus.eu"
CDSE_TOKEN_URL = "https://identity.dataspace.copernicus.eu/auth/realms/CDSE/protocol/openid-connect/token"
COMMERCIAL_BASE_URL = "https://services.sentinel-hub.com"
COMMERCIAL_TOKEN_URL = "https://services.sentinel-hub.com/auth/realms/main/protocol/openid-connect/token"

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

    @property
    def has_credentials(self) -> bool:
        """True if both client id and secret are there."""
        return bool(self.sh_client_id and self.sh_client_secret)


ENVIRONMENT: Mapping[str, str] = {
    "sh_client_id": "SH_CLIENT_ID",
    "sh_client_secret": "SH_CLIENT_SECRET",
    "sh_base_url": "SH_BASE_URL",
    "sh_token_url": "SH_TOKEN_URL",
    "max_area_km2": "LULC_MAX_AREA_KM2",
    "cache_dir": "LULC_CACHE_DIR",
    "cache_max_mb": "LULC_CACHE_MAX_MB",
    "min_clear_share": "LULC_MIN_CLEAR_SHARE",
    "model": "LULC_MODEL",
    "eurosat": "LULC_EUROSAT",
}


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
    if name in ("max_area_km2", "cache_max_mb", "min_clear_share"):
        try:
            number = float(value)
        except (TypeError, ValueError) as error:
            raise InputError(f"{variable} is {value!r}; a number is needed.") from error
        top = 1.0 if name == "min_clear_share" else float("inf")
        if not 0 < number <= top:
            raise InputError(f"{variable} is {number:g}; it must be above 0" + (" and at most 1." if top == 1 else "."))
        return number
    if name == "cache_dir":
        return Path(value).expanduser()
    text = str(value).strip()  # pasted secrets often carry white space
    return text.rstrip("/") if name in ("sh_base_url", "sh_token_url") else text


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
