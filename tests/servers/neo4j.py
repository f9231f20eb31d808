"""A real Neo4j Community server from Maven artifacts, for machines without Docker: needs Java 17+ and mvn."""

from __future__ import annotations

import fcntl
import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from servers.process import ServerProcess, free_port, listens, new_password

VERSION = "5.26.12"
JAVA_AT_LEAST = 17
POM = Path(__file__).with_name("pom.xml")
FETCH_SECONDS = 900
INITIAL_PASSWORD = "neo4j"
OPENED_PACKAGES = ("java.nio", "java.io", "sun.nio.ch", "java.lang")


def missing() -> str | None:
    """What this machine lacks to run the server, by name; None when it can."""
    if not shutil.which("java"):
        return f"java {JAVA_AT_LEAST}+ is missing (Debian: openjdk-17-jre-headless)"
    if int(_java_version().split(".")[0]) < JAVA_AT_LEAST:
        return f"java {JAVA_AT_LEAST}+ is missing, java here is {_java_version()}"
    if not _jar_folder().is_dir() and not shutil.which("mvn"):
        return "mvn is missing (Debian: maven), the server's jars come from Maven"
    return None


@functools.cache
def _java_version() -> str:
    """Such as 17.0.15; 0 for a java that does not tell."""
    told = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(\d[\w.]*)', told)
    return found.group(1) if found else "0"


def _jar_folder() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "wekadocs_assets" / f"neo4j-{VERSION}" / "lib"


def _class_archive() -> Path:
    """Of this Java alone: another one would leave it aside."""
    return _jar_folder().parent / f"classes-java-{_java_version()}.jsa"


def fetched_jars() -> Path:
    """The folder of jars, fetched once per user; a broken or parallel download never counts."""
    folder = _jar_folder()
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "fetch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-") as beside:
        shutil.copy(POM, beside)
        command = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=lib"]
        done = subprocess.run(
            command, cwd=beside, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=FETCH_SECONDS
        )
        if done.returncode:
            raise RuntimeError(f"mvn could not fetch Neo4j {VERSION}: {(done.stdout + done.stderr)[-2000:]}")
        Path(beside, "lib").rename(folder)


class Neo4jServer(ServerProcess):
    """`Neo4jServer(home, **{"db.transaction.timeout": "5s"})`: further settings by their names in neo4j.conf.

    HTTP is off until `server.http.enabled` is set to "true".
    """

    name = "neo4j"
    user = "neo4j"
    database = "neo4j"
    start_seconds = 180.0
    # Ready in half the time with the quick compiler alone; False for long work, where the second compiler pays.
    quick_start = True

    def __init__(self, home: Path, **extra_conf: str) -> None:
        super().__init__(home)
        self.bolt_port, self.http_port = free_port(), free_port()
        self.uri = f"bolt://127.0.0.1:{self.bolt_port}"
        self.extra_conf = extra_conf
        self._new_archive = self.home / "classes.jsa"
        # kept with the data: who starts the same home again must know it
        self._password_file = self.home / "password"
        kept = self._password_file.exists()
        self.password = self._password_file.read_text() if kept else new_password()

    def start(self) -> None:
        fetched_jars()
        super().start()

    def command(self) -> list[str]:
        conf = self.home / "conf"
        conf.mkdir(exist_ok=True)
        (conf / "neo4j.conf").write_text("".join(f"{key}={value}\n" for key, value in self._settings().items()))
        opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED_PACKAGES]
        entry = ["-cp", f"{fetched_jars()}/*", "org.neo4j.server.CommunityEntryPoint"]
        return ["java", *self._jvm_options(), *opened, *entry, f"--home-dir={self.home}", f"--config-dir={conf}"]

    def _jvm_options(self) -> list[str]:
        options = ["-Xms256m", "-Xmx1g", "-XX:+UseSerialGC"]
        if self.quick_start:
            options.append("-XX:TieredStopAtLevel=1")
        archive = _class_archive()
        option = "SharedArchiveFile" if archive.exists() else "ArchiveClassesAtExit"
        path = archive if archive.exists() else self._new_archive
        # the JVM's warnings about classes that it cannot archive would bury the reason of a failed start
        return [*options, f"-XX:{option}={path}", "-Xlog:disable", "-Xlog:all=error:stderr"]

    def stopped_cleanly(self) -> None:
        """The first clean stop leaves an archive of loaded classes in the cache: half the CPU of each later start."""
        if not self._new_archive.exists():
            return
        folder = _class_archive().parent
        with tempfile.TemporaryDirectory(dir=folder, prefix="archiving-") as beside:
            copied = shutil.copyfile(self._new_archive, Path(beside, "classes.jsa"))
            copied.rename(_class_archive())
        self._new_archive.unlink()

    def _settings(self) -> dict[str, str]:
        return {
            "server.default_listen_address": "127.0.0.1",
            "server.bolt.listen_address": f"127.0.0.1:{self.bolt_port}",
            "server.bolt.advertised_address": f"127.0.0.1:{self.bolt_port}",
            "server.http.listen_address": f"127.0.0.1:{self.http_port}",
            "server.http.enabled": "false",  # Bolt alone starts some seconds faster
            "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",  # seconds; by default stop() idles for 10 s
            "server.memory.pagecache.size": "256m",
            "db.tx_log.preallocate": "false",
            "dbms.usage_report.enabled": "false",
        } | self.extra_conf

    def answers(self) -> bool:
        from neo4j.exceptions import DriverError, Neo4jError

        if not listens(self.bolt_port):
            return False
        try:
            if not self._password_file.exists():
                self._change_initial_password()
            return self._query(self.password, self.database, "RETURN 1 AS one")
        except (DriverError, Neo4jError):
            return False

    def _change_initial_password(self) -> None:
        statement = "ALTER CURRENT USER SET PASSWORD FROM $initial TO $chosen"
        self._query(INITIAL_PASSWORD, "system", statement, initial=INITIAL_PASSWORD, chosen=self.password)
        self._password_file.write_text(self.password)

    def _query(self, password: str, database: str, statement: str, **parameters: str) -> bool:
        from neo4j import GraphDatabase

        settings = {"connection_timeout": 5, "max_transaction_retry_time": 1}
        with GraphDatabase.driver(self.uri, auth=(self.user, password), **settings) as driver:
            driver.execute_query(statement, parameters, database_=database)
        return True
