"""Faults in what binds a stage together: stacks that need each other, parameters, the website, workflows."""

from tests.long.plant import STACKS, Plant, in_stack

STACK, WEBSITE, LINTERS, WORKFLOWS = (
    f"tests/cloud/test_{name}.py" for name in ("stacks", "website", "linters", "workflows")
)

PLANTS_OF_PROJECT = [
    in_stack(
        "an import of what nobody exports",
        "service",
        "todo-${Stage}-CapacityProvider",
        "todo-${Stage}-CapacityProviders",
        STACK,
    ),
    in_stack(
        "an export by another name",
        "data",
        'Name: !Sub "todo-${Stage}-FilesTableArn"',
        'Name: !Sub "todo-${Stage}-FileTableArn"',
        STACK,
    ),
    Plant(
        "a parameter that the template refuses",
        f"{STACKS}/parameters/production.json",
        '"InstanceType": "c7g.large"',
        '"InstanceType": "m5.large"',
        STACK,
    ),
    Plant(
        "production without a sender of mail",
        f"{STACKS}/parameters/production.json",
        '"SesIdentityArn": "arn:',
        '"SesIdentity": "arn:',
        STACK,
    ),
    in_stack("the website's policy without trusted types", "website", "trusted-types service-worker", "", WEBSITE),
    Plant(
        "headers changed in one place only",
        "frontend/security-headers.json",
        "frame-ancestors 'none'",
        "frame-ancestors 'self'",
        WEBSITE,
    ),
    in_stack(
        "a bucket that any distribution may read",
        "website",
        "aws:SourceArn: !Sub arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}",
        "aws:SourceAccount: !Ref AWS::AccountId",
        WEBSITE,
    ),
    in_stack("a waiver without a reason", "website", "            comment: See the comment above.\n", "", LINTERS),
    in_stack("a property that does not exist", "network", "EnableDnsSupport: true", "EnableDns: true", LINTERS),
    Plant(
        "a change that one of two pipelines sleeps through",
        ".github/workflows/todos.yml",
        "      - files/**\n",
        "",
        WORKFLOWS,
    ),
    Plant(
        "an action that is not pinned",
        ".github/workflows/ci.yml",
        "actions/checkout@",
        "actions/checkout@v6 # ",
        WORKFLOWS,
    ),
]
