"""Faults in what runs: what a container is told, what it may do, how many there are."""

from tests.long.plant import Plant, in_stack

ALARMS, ENVIRONMENT, COMPUTE = (f"tests/cloud/test_{name}.py" for name in ("alarms", "environment", "compute"))

PLANTS_OF_TASKS = [
    in_stack("a variable missing", "service", "- { Name: FILES_TABLE,", "- { Name: FILE_TABLE,", ENVIRONMENT),
    in_stack(
        "a variable of another resource",
        "service",
        'Name: TODOS_TABLE, Value: !ImportValue { "Fn::Sub": "todo-${Stage}-TodosTable" }',
        'Name: TODOS_TABLE, Value: !ImportValue { "Fn::Sub": "todo-${Stage}-FilesTable" }',
        ENVIRONMENT,
    ),
    in_stack(
        "a secret in the template",
        "service",
        "- { Name: SERVICE_ROLE, Value: todos }",
        "- { Name: SERVICE_ROLE, Value: todos }\n            - { Name: SECRET_KEY, Value: hunter2 }",
        ENVIRONMENT,
    ),
    Plant(
        "a setting that nobody tells",
        "todoproject/settings.py",
        '_required("FILES_BUCKET")',
        '_required("FILE_BUCKET")',
        ENVIRONMENT,
    ),
    in_stack(
        "a count of tasks",
        "service",
        "      EnableECSManagedTags: true",
        "      DesiredCount: 3\n      EnableECSManagedTags: true",
        COMPUTE,
    ),
    in_stack(
        "a launch type beside the capacity provider",
        "service",
        "      EnableECSManagedTags: true",
        "      LaunchType: EC2\n      EnableECSManagedTags: true",
        COMPUTE,
    ),
    in_stack(
        "a container that can write",
        "service",
        "ReadonlyRootFilesystem: true",
        "ReadonlyRootFilesystem: false",
        COMPUTE,
    ),
    in_stack(
        "a container with capabilities",
        "service",
        "Capabilities: { Drop: [ALL] }",
        "Capabilities: { Drop: [NET_RAW] }",
        COMPUTE,
    ),
    in_stack(
        "a container without memory",
        "service",
        "          Memory: 512\n          MemoryReservation: 256\n",
        "",
        COMPUTE,
    ),
    in_stack(
        "no way back from a failed deployment",
        "service",
        "DeploymentCircuitBreaker: { Enable: true, Rollback: true }",
        "DeploymentCircuitBreaker: { Enable: true, Rollback: false }",
        COMPUTE,
    ),
    in_stack(
        "a deployment of files judged by todos",
        "service",
        "- { Name: TargetGroup, Value: !GetAtt FilesTargetGroup.TargetGroupFullName }",
        "- { Name: TargetGroup, Value: !GetAtt TodosTargetGroup.TargetGroupFullName }",
        ALARMS,
    ),
    in_stack("all tasks in one zone", "service", "attribute:ecs.availability-zone", "instanceId", COMPUTE),
    in_stack("a machine image for another processor", "cluster", "/arm64/recommended", "/recommended", COMPUTE),
]
