"""The stand-ins for AWS, started together."""

import os
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import dynamodb
from deploy.local.children import Child, ChildError, free_port, wait_for_http

ROOT = Path(__file__).parents[2]
REGION = "eu-west-1"
AWS_PORT = 8083
DEMO_USERS = {"alice@example.com": "Wonderland-2026", "bob@example.com": "Builder-2026!"}
# Address: (password, groups).
DEMO_STAFF = {
    "support@example.com": ("Support-desk-2026!", ["support"]),
    "readonly@example.com": ("Reading-room-2026!", ["support-readonly"]),
}
# Of staff too, who have still to choose a password and to set up an authenticator app: address and first password.
DEMO_NEWCOMERS = {"newcomer@example.com": "Only-for-once-2026!"}
# The only key pair that the stand-ins know. Letters only, as DynamoDB Local wants it.
ACCESS_KEY_ID = "LocalStandIn"
SECRET_ACCESS_KEY = "LocalStandInSecret"


class StandIns:
    """DynamoDB on one port, Cognito and S3 on another, until the block ends. Data lives in memory only.

    Port 0 takes a free one. Start it in the main thread: on Linux the children end with the thread that started them.
    """

    def __init__(
        self, *, dynamodb_port: int = 0, aws_port: int = 0, region: str = REGION, logs: Path | None = None
    ) -> None:
        self._given_ports = (dynamodb_port, aws_port)
        self._temporary = None if logs else tempfile.TemporaryDirectory(prefix="standins-")
        self.logs = logs or Path(str(self._temporary.name if self._temporary else ""))
        self.region = region
        self.notice: str | None = None
        self.children: list[Child] = []
        self.dynamodb_port = self.aws_port = 0

    @property
    def dynamodb_url(self) -> str:
        return f"http://localhost:{self.dynamodb_port}"

    @property
    def aws_url(self) -> str:
        return f"http://localhost:{self.aws_port}"

    @property
    def env(self) -> dict[str, str]:
        """What a process needs to reach the stand-ins, and to find no way to the real AWS."""
        return {
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_ENDPOINT_URL_DYNAMODB": self.dynamodb_url,
            "AWS_ENDPOINT_URL_S3": self.aws_url,
            "AWS_ENDPOINT_URL_COGNITO_IDP": self.aws_url,
            # botocore goes by the service's long name.
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": self.aws_url,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def start(self) -> Self:
        """Raises ChildError or dynamodb.MissingJar. A free port that somebody takes meanwhile is tried again."""
        for attempts_left in (2, 1, 0):
            try:
                return self._start_once()
            except ChildError:
                self._stop_children()
                if not attempts_left or 0 not in self._given_ports:
                    raise
            except BaseException:
                self._stop_children()
                raise
        raise AssertionError("unreachable")

    def _start_once(self) -> Self:
        self.dynamodb_port, self.aws_port = (port or free_port() for port in self._given_ports)
        database = dynamodb.find(self.dynamodb_port)
        self.notice = database.notice
        env = {**without_aws(os.environ), **self.env}
        # Both at once: Java needs a second or two.
        database_child = Child(
            "DynamoDB", database.command, log=self.logs / "dynamodb.log", env=env, cwd=database.cwd or ROOT
        )
        self.children.append(database_child)
        aws_child = Child("Cognito and S3", self._aws_command(), log=self.logs / "aws.log", env=env, cwd=ROOT)
        self.children.append(aws_child)
        wait_for_http(f"{self.aws_url}/_standin/health", aws_child)
        wait_for_http(self.dynamodb_url, database_child, any_status=True)
        return self

    def _aws_command(self) -> list[str]:
        return [sys.executable, "-m", "deploy.local.aws", "--port", str(self.aws_port), "--region", self.region]

    def stop(self) -> None:
        self._stop_children()
        if self._temporary:
            self._temporary.cleanup()

    def _stop_children(self) -> None:
        for child in self.children:
            child.terminate()
        for child in self.children:
            child.stop(5)
        self.children.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def without_aws(environ: "os._Environ[str] | dict[str, str]") -> dict[str, str]:
    """The environment without the caller's own AWS_* settings: a profile, a session token or an endpoint of theirs."""
    return {name: value for name, value in environ.items() if not name.startswith("AWS_")}
