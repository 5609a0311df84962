"""Where settings come from, and that secrets stay secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from lulc_core.domain.errors import InputError
from lulc_core.settings import CDSE_BASE_URL, ENVIRONMENT, Settings, load_settings

SECRET = "s3cr3t-value"


def load(environment: dict[str, str] | None = None, secrets: Path | None = None, **arguments: object) -> Settings:
    return load_settings(environment=environment or {}, secrets_file=secrets, **arguments)


def test_argument_before_environment_before_file_before_default(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text('SH_CLIENT_ID = "from file"\nSH_CLIENT_SECRET = "from file"\nLULC_MODEL = "from file"\n')
    made = load({"SH_CLIENT_ID": "from environment", "LULC_MODEL": "from environment"}, file, model="from argument")
    assert made.model == "from argument"
    assert made.sh_client_id == "from environment"
    assert made.sh_client_secret == "from file"
    assert made.sh_base_url == CDSE_BASE_URL


def test_a_table_in_the_file_and_empty_values(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text('[sentinel_hub]\nSH_CLIENT_ID = "id"\nSH_CLIENT_SECRET = "x"\n')
    made = load({"SH_CLIENT_ID": ""}, file, sh_client_secret="")
    assert (made.sh_client_id, made.sh_client_secret) == ("id", "x")
    assert made.has_credentials
    assert not load().has_credentials
    assert not load({"SH_CLIENT_ID": "id"}).has_credentials


def test_pasted_white_space_and_slashes_are_taken_off() -> None:
    made = load({"SH_CLIENT_ID": "  id\n", "SH_BASE_URL": "https://sh.example.com/ ", "LULC_MAX_AREA_KM2": " 12.5 "})
    assert (made.sh_client_id, made.sh_base_url, made.max_area_km2) == ("id", "https://sh.example.com", 12.5)


def test_secrets_show_nowhere(tmp_path: Path) -> None:
    made = load({"SH_CLIENT_ID": "my-id-9", "SH_CLIENT_SECRET": SECRET})
    assert SECRET not in f"{made!r}{made}"
    assert "my-id-9" not in f"{made!r}{made}"
    file = tmp_path / "secrets.toml"
    file.write_text(f'SH_CLIENT_SECRET = "{SECRET}')
    with pytest.raises(InputError) as caught:
        load({}, file)
    assert SECRET not in str(caught.value)
    assert "cannot be read as TOML" in caught.value.message


@pytest.mark.parametrize("variable", ["LULC_MAX_AREA_KM2", "LULC_CACHE_MAX_MB", "LULC_MIN_CLEAR_SHARE"])
@pytest.mark.parametrize("value", ["many", "-1", "0", "nan"])
def test_numbers_must_be_numbers_above_zero(variable: str, value: str) -> None:
    with pytest.raises(InputError, match=variable):
        load({variable: value})


def test_a_share_is_at_most_one() -> None:
    assert load({"LULC_MIN_CLEAR_SHARE": "1"}).min_clear_share == 1
    with pytest.raises(InputError, match="at most 1"):
        load({"LULC_MIN_CLEAR_SHARE": "1.5"})


def test_an_unknown_setting_is_named() -> None:
    with pytest.raises(InputError, match="no setting colour"):
        load(colour="blue")


def test_every_setting_can_be_set_from_outside(tmp_path: Path) -> None:
    assert set(ENVIRONMENT) == set(Settings.__dataclass_fields__)
    assert load({"LULC_CACHE_DIR": "~/lulc"}).cache_dir == Path.home() / "lulc"
    assert load(cache_dir=tmp_path).cache_dir == tmp_path


def test_a_missing_file_is_no_error_and_a_broken_encoding_is(tmp_path: Path) -> None:
    assert load({}, tmp_path / "none.toml") == load()
    file = tmp_path / "secrets.toml"
    file.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InputError, match="cannot be read"):
        load({}, file)
