"""Everything on this machine: `python -m deploy.local.run`, or `make run`, which sets things up first."""

import argparse
import os
import shlex
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import django

from deploy.local import demo, dynamodb, resources, website
from deploy.local.children import Child, ChildError, port_is_taken, wait_for_http
from deploy.local.standins import DEMO_NEWCOMERS, DEMO_STAFF, DEMO_USERS, ROOT, StandIns, without_aws

FIRST_PORT = 8081
LOGS = ROOT / ".local" / "logs"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """Somebody wants everything stopped."""


class CannotStart(Exception):
    """The message says what to do about it."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    ports_help = "the first of four ports (default 8081); the website takes the one before it"
    parser.add_argument("--first-port", type=int, default=FIRST_PORT, help=ports_help)
    parser.add_argument("--logs", type=Path, default=LOGS, help="folder for the output of the parts")
    env_help = "file for the environment of the services, while they run: what `make manage` reads"
    parser.add_argument("--env", type=Path, help=env_help)
    arguments = parser.parse_args()
    for number in _SIGNALS:
        signal.signal(number, _stop)
    try:
        run(arguments.first_port, arguments.logs, arguments.env)
    except Stop:
        print("Stopped.", flush=True)
    except (CannotStart, ChildError, dynamodb.MissingJar, demo.DemoError) as error:
        print(error, file=sys.stderr, flush=True)
        return 1
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    # A second Ctrl-C must not cut the stopping short.
    for other in _SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    print("\nStopping …", flush=True)
    raise Stop


def run(first_port: int, logs: Path, environment: Path | None) -> None:
    """Runs until Stop or an error is raised; nothing it started is left then."""
    ports = dict(zip(("todos", "files", "aws", "dynamodb"), range(first_port, first_port + 4), strict=True))
    # One below, so that another first port moves the website too.
    ports["website"] = first_port - 1
    refuse_taken(ports)
    print("Starting …", flush=True)
    with ExitStack() as stack:
        standins = stack.enter_context(StandIns(dynamodb_port=ports["dynamodb"], aws_port=ports["aws"], logs=logs))
        children = list(standins.children)
        try:
            env = create_everything(standins, origin=url(ports["website"]))
            if environment:
                write_environment(env, environment)
                stack.callback(environment.unlink, missing_ok=True)
            for role in ("todos", "files"):
                children.append(stack.enter_context(start_service(role, ports[role], env, logs)))
            if website.is_built():
                children.append(stack.enter_context(website.start(ports, env, logs)))
            for child in children[2:]:
                # Asked together, so that they drain together, before each is waited for.
                stack.callback(child.terminate)
            for child, role in zip(children[2:], ("todos", "files"), strict=False):
                wait_for_http(f"{url(ports[role])}/healthz", child)
            for child in children[4:]:
                wait_for_http(url(ports["website"]), child)
            demo.load(env, todos_url=url(ports["todos"]), files_url=url(ports["files"]))
            print(banner(ports, env, standins.notice, logs), flush=True)
            watch(children, logs / "aws.log")
        except Exception:
            # A call that failed because a child has ended is best told by that child's last lines.
            for child in children:
                child.check()
            raise


def create_everything(standins: StandIns, *, origin: str) -> dict[str, str]:
    """User pools, demo users and staff, bucket and tables; the answer is the environment of the services."""
    env = {**standins.env, **resources.create_resources(standins.env, website=origin)}
    for email, password in DEMO_USERS.items():
        resources.create_user(env, env["COGNITO_USER_POOL_ID"], email=email, password=password)
    for email, (password, groups) in DEMO_STAFF.items():
        resources.create_staff(env, email=email, password=password, groups=groups)
        resources.enrol_staff(env, email=email, password=password)
    for email, password in DEMO_NEWCOMERS.items():
        resources.invite_staff(env, email=email, password=password, groups=["support"])
    # The models read the settings, and the settings this process's environment.
    os.environ.update({**env, "SERVICE_ROLE": "all", "DJANGO_SETTINGS_MODULE": "todoproject.settings"})
    django.setup()
    resources.create_tables(env)
    return env


def write_environment(env: Mapping[str, str], path: Path) -> None:
    """What a shell reads to reach what runs here. None of it opens anything on AWS, but it is nobody else's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Made anew, so that it is private from its first byte.
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in {**env, "SERVICE_ROLE": "all"}.items()))


def url(port: int) -> str:
    return f"http://localhost:{port}"


def refuse_taken(ports: Mapping[str, int]) -> None:
    taken = [str(port) for port in ports.values() if port_is_taken(port)]
    if taken:
        names = f"Port {taken[0]} is" if len(taken) == 1 else f"Ports {', '.join(taken)} are"
        raise CannotStart(f"{names} taken by another program; stop it (is `make run` running already?) and try again.")


def start_service(role: str, port: int, env: Mapping[str, str], logs: Path) -> Child:
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "todoproject.wsgi"]
    own = {**without_aws(os.environ), **env, "SERVICE_ROLE": role, "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    return Child(
        f"The {role} service",
        command,
        log=logs / f"{role}.log",
        env=own,
        cwd=ROOT,
    )


def banner(ports: Mapping[str, int], env: Mapping[str, str], notice: str | None, logs: Path) -> str:
    users = "\n".join(f"  {email:<20}{password}" for email, password in DEMO_USERS.items())
    staff = "\n".join(f"  {email:<22}{password:<20}{groups[0]}" for email, (password, groups) in DEMO_STAFF.items())
    newcomers = "\n".join(f"  {email:<22}{password}" for email, password in DEMO_NEWCOMERS.items())
    return f"""
  website     {url(ports["website"]) if website.is_built() else website.NOT_BUILT}
  todos       {url(ports["todos"])}   its API: {url(ports["todos"])}/todos/docs
  admin       {url(ports["todos"])}/admin/
  files       {url(ports["files"])}   its API: {url(ports["files"])}/files/docs
  Cognito     {url(ports["aws"])}   pool {env["COGNITO_USER_POOL_ID"]}, client {env["COGNITO_CLIENT_IDS"]}
  S3          {url(ports["aws"])}   bucket {env["FILES_BUCKET"]}
  DynamoDB    {url(ports["dynamodb"])}{f"   {notice}" if notice else ""}

Demo users and their passwords; a token for curl prints `make token USER=alice@example.com`:
{users}

Staff for the admin, with their passwords and groups; the code prints `make totp USER=support@example.com`:
{staff}
and one who signs in for the first time, without a code:
{newcomers}

Local data is fresh at each start: what you change is gone when this stops.
Confirmation and reset codes appear here instead of by e-mail. Logs: {logs}

Ready. Ctrl-C stops everything."""


def watch(children: list[Child], codes: Path) -> None:
    """Show the codes that Cognito would send by e-mail; raises ChildError when a child has ended."""
    with codes.open() as log:
        while True:
            for line in log:
                if line.startswith("Code for "):
                    print(line, end="", flush=True)
            for child in children:
                child.check()
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
