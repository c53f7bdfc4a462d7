"""Fixtures: servers that are real processes with real models."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from huidu_server import BINARIES, MODELS, SMALL_MODELS, Server


@pytest.fixture(scope="session", autouse=True)
def what_was_built() -> None:
    """Missing parts are a failure, not a skip: these tests are the proof of what they are about."""
    for path in (BINARIES / "huidu", BINARIES / "huidu-worker", MODELS / "ocr_v2", SMALL_MODELS / "mlp.json"):
        assert path.exists(), f"{path} is missing; `make test` builds it"


class Servers:
    """Makes servers and ends them; asserts that those that still run end well on SIGTERM."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.made: list[Server] = []

    def make(self) -> Server:
        """Not configured and not started."""
        server = Server(self.folder / f"server{len(self.made)}")
        self.made.append(server)
        return server

    def __call__(self, *models: str, flags: tuple[str, ...] = ()) -> Server:
        """Ready to answer."""
        server = self.make()
        server.configure(*models)
        return server.start(*flags)

    def close(self) -> None:
        try:
            for server in self.made:
                if server.process is not None and server.process.poll() is None:
                    server.stop()
        finally:
            for server in self.made:
                server.end()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Servers]:
    """For servers of one test: server(model(…), model(…), flags=(…)) gives a Server that is ready."""
    servers = Servers(tmp_path)
    yield servers
    servers.close()


@pytest.fixture(scope="module")
def module_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The same for a server that all tests of a file share because they change nothing."""
    servers = Servers(tmp_path_factory.mktemp("shared"))
    yield servers
    servers.close()
