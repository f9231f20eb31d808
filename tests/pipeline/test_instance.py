"""Dagster's storage on Postgres: an absent server, a refused login and a lost connection each raise their own error."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import dagster as dg
import psycopg2
import pytest
from servers.process import free_port

from wekadocs_assets.core.errors import ConfigurationError, StoreUnavailable
from wekadocs_assets.defs.instance import StorageFromSettings
from wekadocs_assets.defs.postgres_storage import PostgresStorage, driver_url, to_user_error

ROOT = Path(__file__).parents[2]
PASSWORD = "hunter2"
AT_START_SECONDS = 10


def chosen_storage(monkeypatch, url: str):
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", url)
    return StorageFromSettings.from_config_value(None, {})


def with_login(url: str, user: str, password: str, database: str = "postgres") -> str:
    parts = urlsplit(url)
    return f"postgresql://{user}:{password}@{parts.hostname}:{parts.port}/{database}"


def execute(url: str, *statements: str) -> None:
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


@pytest.fixture
def database(postgres_server) -> Iterator[str]:
    """URL of an empty database of this test on the server of all tests."""
    name = f"dagster_{time.monotonic_ns()}"
    execute(postgres_server, f"CREATE DATABASE {name}")
    yield urlsplit(postgres_server)._replace(path=f"/{name}").geturl()
    execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def open_instance(monkeypatch, tmp_path) -> Iterator[Callable[[str], dg.DagsterInstance]]:
    """Opens the project's own instance on a server, as the terminal and the UI do."""
    monkeypatch.setenv("DAGSTER_HOME", str(ROOT))
    monkeypatch.setenv("WEKADOCS_HOME", str(tmp_path / "data"))
    with contextlib.ExitStack() as opened:

        def opens(url: str) -> dg.DagsterInstance:
            monkeypatch.setenv("DAGSTER_POSTGRES_URL", url)
            return opened.enter_context(dg.DagsterInstance.get())

        yield opens


def write_events(instance: dg.DagsterInstance, keys: list[str]) -> None:
    for key in keys:
        instance.report_runless_asset_event(dg.AssetMaterialization("documents", partition=key))


def written(instance: dg.DagsterInstance) -> set[str]:
    records = instance.fetch_materializations(dg.AssetKey("documents"), limit=10_000).records
    return {record.partition_key for record in records}


@pytest.mark.process
def test_an_ingest_keeps_its_runs_on_the_server_and_none_in_sqlite(home, database, open_instance):
    (home.docs / "a.md").write_text("# Install\n\nRun `gatectl install`.\n")
    home.environment["DAGSTER_POSTGRES_URL"] = database
    code, result = home.ingest()
    assert code == 0, result
    command = [str(Path(sys.executable).with_name("dagster")), "run", "list"]
    environment = home.environment | {"DAGSTER_HOME": str(ROOT)}
    listed = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=120)
    assert listed.stdout.count("Job: ingest") == 1, listed.stderr
    assert [run.status for run in open_instance(database).get_runs()] == [dg.DagsterRunStatus.SUCCESS]
    assert list((home.folder / "data").rglob("*.db")) == []


@pytest.mark.process
def test_an_ingest_without_the_server_ends_with_code_3_and_says_where_it_looked(home):
    (home.docs / "a.md").write_text("# Install\n")
    port, started = free_port(), time.monotonic()
    home.environment["DAGSTER_POSTGRES_URL"] = f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/dagster"
    done = home.ingestctl("ingest", str(home.docs))
    seconds = time.monotonic() - started
    assert done.returncode == StoreUnavailable.exit_code, done.stderr
    assert f"Postgres at 127.0.0.1:{port} cannot be reached: Connection refused" in " ".join(done.stderr.split())
    assert "DAGSTER_POSTGRES_URL" in done.stderr
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stderr
    assert seconds < AT_START_SECONDS


@pytest.mark.process
def test_a_server_that_takes_connections_and_stays_silent_is_given_up_in_time(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port, started = silent.getsockname()[1], time.monotonic()
        monkeypatch.setenv("CONNECT_TIMEOUT", "1.5")
        with pytest.raises(StoreUnavailable, match=rf"Postgres at 127.0.0.1:{port} .*timeout expired"):
            chosen_storage(monkeypatch, f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/dagster")
    assert time.monotonic() - started < 25


def test_a_host_name_that_nobody_knows_is_unavailable(monkeypatch):
    with pytest.raises(StoreUnavailable, match="Postgres at nowhere.invalid:5432 cannot be reached") as refused:
        chosen_storage(monkeypatch, f"postgresql://me:{PASSWORD}@nowhere.invalid/dagster")
    assert PASSWORD not in refused.value.message + refused.value.hint


@pytest.mark.parametrize(
    ("password", "name", "reason"),
    [
        (PASSWORD, "postgres", "password authentication failed"),
        ("", "postgres", "no password supplied"),
        (None, "no_such_database", "does not exist"),
    ],
    ids=["wrong password", "no password", "no such database"],
)
def test_a_refused_login_is_a_configuration_error(monkeypatch, database, password, name, reason):
    own = urlsplit(database)
    url = with_login(database, own.username, own.password if password is None else password, name)
    with pytest.raises(ConfigurationError, match=f"refuses the login: .*{reason}") as refused:
        chosen_storage(monkeypatch, url)
    told = refused.value.message + refused.value.hint
    assert PASSWORD not in told
    assert own.password not in told
    assert "\n" not in told


def test_a_user_who_may_not_create_tables_is_told_so_in_one_line(monkeypatch, database):
    user = f"reader_{time.monotonic_ns()}"
    execute(database, f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    with pytest.raises(ConfigurationError, match="refuses to write: permission denied") as refused:
        chosen_storage(monkeypatch, with_login(database, user, PASSWORD, urlsplit(database).path[1:]))
    assert "\n" not in refused.value.message


def test_a_database_that_is_read_only_is_told_so_in_one_line(monkeypatch, database):
    execute(database, f"ALTER DATABASE {urlsplit(database).path[1:]} SET default_transaction_read_only = on")
    with pytest.raises(ConfigurationError, match="refuses to write: .*read-only transaction") as refused:
        chosen_storage(monkeypatch, database)
    assert "\n" not in refused.value.message


@pytest.mark.slow
def test_a_connection_that_a_restart_of_the_server_closed_is_replaced(open_instance, own_postgres):
    instance = open_instance(own_postgres.url)
    write_events(instance, ["before"])
    own_postgres.kill()
    own_postgres.start()
    write_events(instance, ["after"])
    assert written(instance) == {"before", "after"}


@pytest.mark.slow
@pytest.mark.process
def test_each_call_to_a_killed_server_fails_at_once_and_names_it(open_instance, own_postgres):
    instance = open_instance(own_postgres.url)
    write_events(instance, ["before"])
    own_postgres.kill()
    started = time.monotonic()
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="Postgres at .* cannot be reached"):
            write_events(instance, ["lost"])
        with pytest.raises(StoreUnavailable):
            instance.get_runs()
    assert time.monotonic() - started < 3
    own_postgres.start()
    write_events(instance, ["after"])
    assert written(instance) == {"before", "after"}


@dg.op
def tell(context) -> None:
    for number in range(1000):
        context.log_event(dg.AssetMaterialization("documents", partition=f"d{number}"))
        if number == 5:
            (Path(os.environ["WEKADOCS_HOME"]).parent / "told").touch()


@dg.job(config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}})
def telling() -> None:
    tell()


@pytest.mark.slow
@pytest.mark.process
def test_a_run_whose_server_is_killed_ends_with_an_error_that_names_the_server(open_instance, own_postgres, tmp_path):
    instance = open_instance(own_postgres.url)
    killer = threading.Thread(target=kill_when, args=(own_postgres, tmp_path / "told"))
    killer.start()
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match="Postgres at .* cannot be reached"):
        telling.execute_in_process(instance=instance, raise_on_error=False)
    assert time.monotonic() - started < 20
    killer.join()
    own_postgres.start()
    assert {f"d{number}" for number in range(6)} <= written(instance)


def kill_when(server, there: Path) -> None:
    while not there.exists():
        time.sleep(0.02)
    server.kill()


@pytest.mark.process
def test_an_error_of_a_statement_is_raised_as_it_is(open_instance, database):
    instance = open_instance(database)
    execute(database, "DROP TABLE asset_keys CASCADE")
    started = time.monotonic()
    with pytest.raises(Exception, match="asset_keys") as refused:
        write_events(instance, ["d"])
    assert not isinstance(refused.value, StoreUnavailable | ConfigurationError)
    assert time.monotonic() - started < 25


@pytest.mark.slow
def test_the_connections_that_the_webserver_keeps_survive_a_restart_of_the_server(own_postgres):
    runs = PostgresStorage(own_postgres.url, connect_timeout=5).run_storage
    runs.optimize_for_webserver(statement_timeout=5000, pool_recycle=3600, max_overflow=2)
    assert runs.get_runs() == []
    own_postgres.stop()
    own_postgres.start()
    assert runs.get_runs() == []


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        ("postgres://me:p%40s@host/db", "postgresql+psycopg2://me:p%40s@host/db?"),
        ("postgresql://host:6000/db", "postgresql+psycopg2://host:6000/db?"),
        ("postgresql+psycopg2:///db?host=/run/postgresql", "postgresql+psycopg2:///db?"),
    ],
)
def test_the_driver_gets_a_url_with_time_limits(given, begins):
    made = driver_url(given, connect_timeout=2.5)
    assert made.startswith(begins)
    assert "connect_timeout=3" in made
    assert "keepalives_idle=10" in made


def test_a_time_limit_in_the_url_itself_wins():
    assert "connect_timeout=9" in driver_url("postgresql://host/db?connect_timeout=9", connect_timeout=2)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (
            psycopg2.OperationalError("server closed the connection unexpectedly\n\tThis probably means"),
            StoreUnavailable,
        ),
        (psycopg2.InterfaceError("connection already closed"), StoreUnavailable),
        (psycopg2.OperationalError("FATAL:  the database system is in recovery mode"), StoreUnavailable),
        (psycopg2.OperationalError('FATAL:  role "me" does not exist'), ConfigurationError),
        (psycopg2.ProgrammingError("column does not exist"), None.__class__),
    ],
    ids=lambda value: str(value)[:40],
)
def test_errors_that_the_driver_raises_itself_are_translated_too(error, kind):
    found = to_user_error(error, "host:5432")
    assert type(found) is kind
    assert found is None or (found.message.startswith("Postgres at host:5432") and "\n" not in found.message)
