"""Faults planted in a copy of the project, one at a time: each must fail a test or a linter."""

from dataclasses import dataclass
from pathlib import Path

STACKS = "cloudformation"
ROUTES, NETWORK, DATA, ALARMS, ROLES, STACK, TIMEOUTS, ENVIRONMENT, WEBSITE, COMPUTE, LINTERS, WORKFLOWS, LOGS = (
    f"tests/cloud/test_{name}.py"
    for name in (
        "routes",
        "network",
        "data",
        "alarms",
        "roles",
        "stacks",
        "timeouts",
        "environment",
        "website",
        "compute",
        "linters",
        "workflows",
        "logs",
    )
)


@dataclass(frozen=True)
class Plant:
    """Replaces the `nth` occurrence of `old` in a file by `new`; `caught_by` are the tests that must say so."""

    name: str
    file: str
    old: str
    new: str
    caught_by: str
    nth: int = 1

    def apply(self, folder: Path) -> None:
        """Raises ValueError where the file no longer has what is to be replaced."""
        path = folder / self.file
        parts = path.read_text().split(self.old)
        if len(parts) <= self.nth:
            raise ValueError(f"{self.file} has no {self.old!r} any more: renew the plant {self.name!r}.")
        path.write_text(self.old.join(parts[: self.nth]) + self.new + self.old.join(parts[self.nth :]))


def _stack(name: str, stack: str, old: str, new: str, caught_by: str, nth: int = 1) -> Plant:
    return Plant(name, f"{STACKS}/{stack}.yaml", old, new, caught_by, nth)


PLANTS = [
    _stack(
        "wrong container port",
        "service",
        "ContainerName: todos, ContainerPort: 8000",
        "ContainerName: todos, ContainerPort: 8080",
        ROUTES,
    ),
    _stack(
        "wrong container name",
        "service",
        "ContainerName: files, ContainerPort",
        "ContainerName: fles, ContainerPort",
        ROUTES,
    ),
    _stack(
        "the containers' target groups swapped",
        "service",
        "TargetGroupArn: !Ref TodosTargetGroup }\n        - {",
        "TargetGroupArn: !Ref FilesTargetGroup }\n        - {",
        ROUTES,
    ),
    _stack("rules in the wrong order", "service", "Priority: 1", "Priority: 3", ROUTES),
    _stack("two rules of one priority", "service", "Priority: 2", "Priority: 1", ROUTES),
    _stack("the admin goes to files", "service", '"/admin*", ', "", ROUTES),
    _stack("a rule too wide", "service", '["*/files*"]', '["*"]', ROUTES),
    _stack("a route without authorizer", "api", "security: [customers: []]", "security: []", ROUTES, 4),
    _stack("an authorizer without an issuer", "api", "issuer: !Sub", "issuers: !Sub", ROUTES),
    _stack(
        "a route missing",
        "api",
        "          /{userID}/todos/{todoID}/restore:",
        "          /{userID}/todos/{todoID}/restored:",
        ROUTES,
    ),
    _stack("no VPC link", "api", "connectionType: VPC_LINK", "connectionType: INTERNET", ROUTES),
    _stack(
        "the client's address not overwritten",
        "api",
        "overwrite:header.x-client-ip",
        "append:header.x-client-ip",
        ROUTES,
    ),
    _stack("the gateway waits too shortly", "api", "timeoutInMillis: 30000", "timeoutInMillis: 10000", TIMEOUTS),
    _stack("a variable missing", "service", "- { Name: FILES_TABLE,", "- { Name: FILE_TABLE,", ENVIRONMENT),
    _stack(
        "a variable of another resource",
        "service",
        'Name: TODOS_TABLE, Value: !ImportValue { "Fn::Sub": "todo-${Stage}-TodosTable" }',
        'Name: TODOS_TABLE, Value: !ImportValue { "Fn::Sub": "todo-${Stage}-FilesTable" }',
        ENVIRONMENT,
    ),
    _stack("the wrong role", "service", "Name: SERVICE_ROLE, Value: files", "Name: SERVICE_ROLE, Value: todos", ROUTES),
    _stack(
        "a secret in the template",
        "service",
        "- { Name: SERVICE_ROLE, Value: todos }",
        "- { Name: SERVICE_ROLE, Value: todos }\n            - { Name: SECRET_KEY, Value: hunter2 }",
        ENVIRONMENT,
    ),
    _stack(
        "deregistration takes longer than gunicorn waits",
        "service",
        'deregistration_delay.timeout_seconds, Value: "20"',
        'deregistration_delay.timeout_seconds, Value: "300"',
        TIMEOUTS,
    ),
    _stack(
        "a health check that asks DynamoDB",
        "service",
        "HealthCheckPath: /healthz",
        "HealthCheckPath: /todos/schema",
        TIMEOUTS,
    ),
    _stack("a task killed while it drains", "service", "StopTimeout: 40", "StopTimeout: 20", TIMEOUTS),
    _stack(
        "the load balancer outwaits gunicorn",
        "cluster",
        'idle_timeout.timeout_seconds, Value: "60"',
        'idle_timeout.timeout_seconds, Value: "120"',
        TIMEOUTS,
    ),
    _stack(
        "a count of tasks",
        "service",
        "      EnableECSManagedTags: true",
        "      DesiredCount: 3\n      EnableECSManagedTags: true",
        COMPUTE,
    ),
    _stack(
        "a launch type beside the capacity provider",
        "service",
        "      EnableECSManagedTags: true",
        "      LaunchType: EC2\n      EnableECSManagedTags: true",
        COMPUTE,
    ),
    _stack(
        "a container that can write",
        "service",
        "ReadonlyRootFilesystem: true",
        "ReadonlyRootFilesystem: false",
        COMPUTE,
    ),
    _stack(
        "a container with capabilities",
        "service",
        "Capabilities: { Drop: [ALL] }",
        "Capabilities: { Drop: [NET_RAW] }",
        COMPUTE,
    ),
    _stack(
        "a container without memory",
        "service",
        "          Memory: 512\n          MemoryReservation: 256\n",
        "",
        COMPUTE,
    ),
    _stack(
        "no way back from a failed deployment",
        "service",
        "DeploymentCircuitBreaker: { Enable: true, Rollback: true }",
        "DeploymentCircuitBreaker: { Enable: true, Rollback: false }",
        COMPUTE,
    ),
    _stack(
        "the article's alarm",
        "service",
        "      Statistic: Sum\n      Period: 60\n      EvaluationPeriods: 1",
        "      Statistic: Average\n      Period: 60\n      EvaluationPeriods: 1",
        ALARMS,
    ),
    _stack(
        "an alarm of a metric that is never published",
        "watch",
        "MetricName: HTTPCode_ELB_5XX_Count",
        "MetricName: HTTPCode_ELB_5xx_Count",
        ALARMS,
    ),
    _stack("an alarm by dimensions that have no data", "watch", "[{Name: ApiId,", "[{Name: ApiName,", ALARMS),
    _stack(
        "an alarm that silence calms",
        "watch",
        "TreatMissingData: breaching",
        "TreatMissingData: notBreaching",
        ALARMS,
        3,
    ),
    _stack(
        "a broken dashboard", "watch", '{"type": "metric", "x": 0, "y": 0,', '{"type": "metric" "x": 0, "y": 0,', ALARMS
    ),
    _stack(
        "an LSI with another hash key",
        "data",
        "- IndexName: byList\n          KeySchema:\n            - { AttributeName: userID",
        "- IndexName: byList\n          KeySchema:\n            - { AttributeName: todoID",
        DATA,
    ),
    _stack(
        "a GSI of another attribute",
        "data",
        "- { AttributeName: purgeDay, KeyType: HASH }",
        "- { AttributeName: listOrder, KeyType: HASH }",
        DATA,
    ),
    _stack(
        "no time to live",
        "data",
        "TimeToLiveSpecification: { AttributeName: expiresAt, Enabled: true }",
        "TimeToLiveSpecification: { AttributeName: expires, Enabled: true }",
        DATA,
    ),
    _stack(
        "no point-in-time recovery",
        "data",
        "PointInTimeRecoveryEnabled: true",
        "PointInTimeRecoveryEnabled: false",
        DATA,
    ),
    _stack("a table that goes with its stack", "data", "DeletionPolicy: Retain", "DeletionPolicy: Delete", DATA),
    _stack("a bucket for everybody", "data", "BlockPublicPolicy: true", "BlockPublicPolicy: false", DATA),
    _stack(
        "a security group open to the internet",
        "cluster",
        "SourceSecurityGroupId: !GetAtt VpcLinkSecurityGroup.GroupId",
        "CidrIp: 0.0.0.0/0",
        NETWORK,
    ),
    _stack("a port that no rule opens", "cluster", "FromPort: 31000", "FromPort: 32000", NETWORK),
    _stack(
        "host ports outside the security group",
        "cluster",
        "ECS_DYNAMIC_HOST_PORT_RANGE=31000-61000",
        "ECS_DYNAMIC_HOST_PORT_RANGE=30000-61000",
        NETWORK,
    ),
    _stack(
        "a private subnet routed past NAT",
        "network",
        "RouteTableId: !Ref PrivateRouteTable1, Dest",
        "RouteTableId: !Ref PrivateRouteTable2, Dest",
        NETWORK,
    ),
    _stack("a network ACL too narrow", "network", "From: 1024, To: 65535", "From: 32768, To: 60999", NETWORK),
    _stack(
        "any hop may ask for the instance's role",
        "cluster",
        "HttpPutResponseHopLimit: 1",
        "HttpPutResponseHopLimit: 2",
        NETWORK,
    ),
    _stack(
        "a role widened", "service", "Action: [s3:DeleteObject, s3:GetObject, s3:PutObject]", "Action: [s3:*]", ROLES
    ),
    _stack(
        "a role on everything",
        "service",
        'Resource: !ImportValue { "Fn::Sub": "todo-${Stage}-FilesBucketArn" }',
        'Resource: "*"',
        ROLES,
    ),
    _stack(
        "GitHub of any repository",
        "pipeline",
        '"token.actions.githubusercontent.com:sub": !Sub "repo:${GitHubRepository}:environment:${Stage}"',
        '"token.actions.githubusercontent.com:sub": !Sub "repo:*:environment:${Stage}"',
        ROLES,
    ),
    _stack(
        "a role without its boundary",
        "service",
        'PermissionsBoundary: !ImportValue { "Fn::Sub": "todo-${Stage}-RoleBoundaryArn" }',
        "MaxSessionDuration: 3600",
        ROLES,
    ),
    _stack(
        "an import of what nobody exports",
        "service",
        "todo-${Stage}-CapacityProvider",
        "todo-${Stage}-CapacityProviders",
        STACK,
    ),
    _stack(
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
    _stack("the website's policy without trusted types", "website", "trusted-types service-worker", "", WEBSITE),
    Plant(
        "headers changed in one place only",
        "frontend/security-headers.json",
        "frame-ancestors 'none'",
        "frame-ancestors 'self'",
        WEBSITE,
    ),
    _stack(
        "a bucket that any distribution may read",
        "website",
        "aws:SourceArn: !Sub arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}",
        "aws:SourceAccount: !Ref AWS::AccountId",
        WEBSITE,
    ),
    _stack(
        "a log of paths at the load balancer",
        "cluster",
        'access_logs.s3.enabled, Value: "false"',
        'access_logs.s3.enabled, Value: "true"',
        LOGS,
    ),
    _stack("a log of paths at the gateway", "api", '"$context.routeKey",', '"$context.routeKey $context.path",', LOGS),
    _stack("a waiver without a reason", "website", "            comment: See the comment above.\n", "", LINTERS),
    _stack("a property that does not exist", "network", "EnableDnsSupport: true", "EnableDns: true", LINTERS),
    Plant(
        "an action that is not pinned",
        ".github/workflows/ci.yml",
        "actions/checkout@",
        "actions/checkout@v6 # ",
        WORKFLOWS,
    ),
    Plant(
        "a route that API Gateway does not know",
        "todos/urls.py",
        '<id:todo_id>/restore"',
        '<id:todo_id>/unrestore"',
        ROUTES,
    ),
    Plant(
        "a setting that nobody tells",
        "todoproject/settings.py",
        '_required("FILES_BUCKET")',
        '_required("FILE_BUCKET")',
        ENVIRONMENT,
    ),
]
