"""Faults in the way of a request: who routes it where, whether it is let through, and who waits for how long."""

from tests.long.plant import Plant, in_stack

ROUTES, TIMEOUTS = (f"tests/cloud/test_{name}.py" for name in ("routes", "timeouts"))

PLANTS_OF_REQUESTS = [
    in_stack(
        "wrong container port",
        "service",
        "ContainerName: todos, ContainerPort: 8000",
        "ContainerName: todos, ContainerPort: 8080",
        ROUTES,
    ),
    in_stack(
        "wrong container name",
        "service",
        "ContainerName: files, ContainerPort",
        "ContainerName: fles, ContainerPort",
        ROUTES,
    ),
    in_stack(
        "the containers' target groups swapped",
        "service",
        "TargetGroupArn: !Ref TodosTargetGroup }\n        - {",
        "TargetGroupArn: !Ref FilesTargetGroup }\n        - {",
        ROUTES,
    ),
    in_stack("rules in the wrong order", "service", "Priority: 1", "Priority: 3", ROUTES),
    in_stack("two rules of one priority", "service", "Priority: 2", "Priority: 1", ROUTES),
    in_stack("the admin goes to files", "service", '"/admin*", ', "", ROUTES),
    in_stack("a rule too wide", "service", '["*/files*"]', '["*"]', ROUTES),
    in_stack("a route without authorizer", "api", "security: [customers: []]", "security: []", ROUTES, 4),
    in_stack("an authorizer without an issuer", "api", "issuer: !Sub", "issuers: !Sub", ROUTES),
    in_stack(
        "a route missing",
        "api",
        "          /{userID}/todos/{todoID}/restore:",
        "          /{userID}/todos/{todoID}/restored:",
        ROUTES,
    ),
    in_stack("no VPC link", "api", "connectionType: VPC_LINK", "connectionType: INTERNET", ROUTES),
    in_stack(
        "the client's address not overwritten",
        "api",
        "overwrite:header.x-client-ip",
        "append:header.x-client-ip",
        ROUTES,
    ),
    in_stack(
        "the wrong role", "service", "Name: SERVICE_ROLE, Value: files", "Name: SERVICE_ROLE, Value: todos", ROUTES
    ),
    Plant(
        "a route that API Gateway does not know",
        "todos/urls.py",
        '<id:todo_id>/restore"',
        '<id:todo_id>/unrestore"',
        ROUTES,
    ),
    in_stack("the gateway waits too shortly", "api", "timeoutInMillis: 30000", "timeoutInMillis: 10000", TIMEOUTS),
    in_stack(
        "deregistration takes longer than gunicorn waits",
        "service",
        'deregistration_delay.timeout_seconds, Value: "20"',
        'deregistration_delay.timeout_seconds, Value: "300"',
        TIMEOUTS,
    ),
    in_stack(
        "a health check that asks DynamoDB",
        "service",
        "HealthCheckPath: /healthz",
        "HealthCheckPath: /todos/schema",
        TIMEOUTS,
    ),
    in_stack("a task killed while it drains", "service", "StopTimeout: 40", "StopTimeout: 20", TIMEOUTS),
    in_stack(
        "the load balancer outwaits gunicorn",
        "cluster",
        'idle_timeout.timeout_seconds, Value: "60"',
        'idle_timeout.timeout_seconds, Value: "120"',
        TIMEOUTS,
    ),
]
