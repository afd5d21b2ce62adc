"""Run another image: `make release STAGE=… ROLE=todos`, which the pipelines of both services call.

Only the one tag changes; the template and every other parameter stay as they are deployed, so two pipelines and the
core's never undo each other. CloudFormation waits until the new tasks serve and takes the old ones back where they do
not: that is the verification.
"""

import argparse

from deploy.release import image
from deploy.release.change_sets import Wanted, bring
from deploy.release.consent import ARGUMENTS, Consent
from deploy.release.errors import ReleaseError, run
from deploy.release.stage import Stage

# Maintenance comes with todos, and after it: it runs only what has proved itself.
_STEPS = {
    "todos": (("service", "TodosImageTag"), ("maintenance", "MaintenanceImageTag")),
    "files": (("service", "FilesImageTag"),),
}


def release(stage: Stage, role: str, tag: str, consent: Consent) -> None:
    image.require(stage, tag)
    for name, parameter in _STEPS[role]:
        found = stage.deployed(name)
        if not found:
            raise ReleaseError(f"{stage.stack(name)} is not there: make deploy STAGE={stage.name} makes it.")
        others = [each["ParameterKey"] for each in found["Parameters"] if each["ParameterKey"] != parameter]
        wanted = Wanted(
            parameters=[
                {"ParameterKey": parameter, "ParameterValue": tag},
                *({"ParameterKey": other, "UsePreviousValue": True} for other in others),
            ]
        )
        bring(stage.cloudformation, stage.stack(name), wanted, consent)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.release.service", description=__doc__, parents=[ARGUMENTS])
    parser.add_argument("role", choices=sorted(_STEPS))
    parser.add_argument("--stage", required=True)
    parser.add_argument("--tag", help="this commit's where none is given; an older one goes back to it")
    asked = parser.parse_args()
    stage = Stage.read(asked.stage)
    stage.say_where()
    tag = asked.tag or image.tag_of_this_commit()
    release(stage, asked.role, tag, Consent.of(asked))


if __name__ == "__main__":
    run(main)
