"""Logins: nobody rides on another's, tokens are renewed, and secrets stay where they are."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import CredentialsError
from lulc_core.domain.grid import TileGrid
from lulc_core.sources.sentinel_hub import login as sentinel_hub_login
from lulc_core.sources.sentinel_hub.login import account_for
from lulc_core.sources.sentinel_hub.source import SentinelHubSource
from tests.servers.sentinel_hub.server import CLIENT_ID, CLIENT_SECRET, ShServer
from tests.sources.conftest import HASTY, JUNE, MakeSource


def test_a_wrong_secret_does_not_ride_on_a_good_login(server: ShServer, make_source: MakeSource, aoi: Aoi) -> None:
    assert make_source().search(aoi, *JUNE, previews=False)
    with pytest.raises(CredentialsError) as caught:
        make_source(sh_client_secret="wrong").search(aoi, *JUNE, previews=False)
    assert caught.value.part == "secret"
    assert make_source().search(aoi, *JUNE, previews=False)


def test_a_login_made_by_others_with_the_client_itself_is_not_used(
    server: ShServer, make_source: MakeSource, aoi: Aoi, tmp_path: Path
) -> None:
    from sentinelhub.download import SentinelHubDownloadClient

    good = account_for(server.settings(cache_dir=tmp_path), HASTY)
    SentinelHubDownloadClient(config=good.config).get_session()  # the client's own cache, by id and address only
    try:
        with pytest.raises(CredentialsError):
            make_source(sh_client_secret="wrong").search(aoi, *JUNE)
    finally:
        SentinelHubDownloadClient.clear_cache()


def test_our_logins_do_not_reach_the_clients_own_cache(source: SentinelHubSource, aoi: Aoi) -> None:
    from sentinelhub.download import SentinelHubDownloadClient

    source.search(aoi, *JUNE)
    assert not SentinelHubDownloadClient._CACHED_SESSIONS


def test_two_users_have_two_logins(server: ShServer, make_source: MakeSource, aoi: Aoi) -> None:
    server.clients["second"] = "its own secret"
    make_source().search(aoi, *JUNE, previews=False)
    make_source(sh_client_id="second", sh_client_secret="its own secret").search(aoi, *JUNE, previews=False)
    assert server.count("token") == 2
    assert len({s.authorization for s in server.seen if s.endpoint == "catalog"}) == 2


def test_one_login_serves_many_requests_and_sources(server: ShServer, make_source: MakeSource, aoi: Aoi) -> None:
    for _ in range(3):
        make_source().search(aoi, *JUNE)
    assert server.count("token") == 1


def test_a_revoked_token_is_replaced_once(server: ShServer, source: SentinelHubSource, aoi: Aoi) -> None:
    found = source.search(aoi, *JUNE, previews=False)
    server.revoke_tokens()
    assert source.load(found[0], ("B04",), TileGrid.from_aoi(aoi)).observed.all()
    assert 2 <= server.count("token") <= 3, "requests under way at once may each notice"


def test_short_lived_tokens_are_not_fetched_for_every_request(
    server: ShServer, source: SentinelHubSource, aoi: Aoi
) -> None:
    server.token_life_s = 100  # below the 120 s before its end at which the client renews
    source.search(aoi, *JUNE)
    assert server.count("token") == 1


def test_a_token_at_its_end_is_renewed(server: ShServer, source: SentinelHubSource, aoi: Aoi) -> None:
    source.search(aoi, *JUNE, previews=False)
    (account,) = sentinel_hub_login._ACCOUNTS.values()
    account._session._token["expires_at"] = time.time() + 30
    source.search(aoi, *JUNE, previews=False)
    assert server.count("token") == 2


def test_a_token_that_does_not_say_how_long_it_lives_is_used_for_a_while(
    server: ShServer, source: SentinelHubSource, aoi: Aoi
) -> None:
    server.token_life_s = 0  # oauthlib takes 0 for not said
    for _ in range(2):
        source.search(aoi, *JUNE, previews=False)
    assert server.count("token") == 1


def test_pasted_white_space_does_no_harm(server: ShServer, make_source: MakeSource, aoi: Aoi) -> None:
    source = make_source(
        sh_client_id=f" {CLIENT_ID}\n",
        sh_client_secret=f"\t{CLIENT_SECRET} ",
        sh_base_url=f"{server.url}/ ",
        sh_token_url=f" {server.settings(cache_dir=Path()).sh_token_url}",
    )
    assert source.search(aoi, *JUNE, previews=False)


def test_no_file_of_the_client_is_read_or_written(
    server: ShServer, make_source: MakeSource, aoi: Aoi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / "sentinelhub").mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("SH_CLIENT_SECRET", "of another user's shell")
    make_source().search(aoi, *JUNE)
    assert not list((home / "sentinelhub").iterdir())


def test_a_netrc_does_not_replace_the_token(
    server: ShServer, make_source: MakeSource, aoi: Aoi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert make_source().search(aoi, *JUNE)
    assert all(s.authorization.startswith("Bearer") for s in server.seen if s.endpoint != "token")
    assert all(not s.authorization for s in server.seen if s.endpoint == "token")


def test_no_repr_shows_a_secret(server: ShServer, source: SentinelHubSource, aoi: Aoi) -> None:
    source.search(aoi, *JUNE, previews=False)
    account = next(iter(sentinel_hub_login._ACCOUNTS.values()))
    texts = [repr(source), str(source), repr(account), repr(account.config), repr(account._session)]
    texts += [repr(key) for key in sentinel_hub_login._ACCOUNTS]
    assert not any(CLIENT_SECRET in text for text in texts)


def test_logins_do_not_pile_up(server: ShServer, tmp_path: Path) -> None:
    for i in range(80):
        account_for(server.settings(cache_dir=tmp_path, sh_client_id=f"id{i}"), HASTY)
    assert len(sentinel_hub_login._ACCOUNTS) == 64
