"""Faults in what watches over a stage: alarms, filters of logs, silence, and who reaches the admin."""

from tests.long.plant import STACKS, Plant, in_stack

ALARMS, FILTERS, LOGS, MISSING_DATA, ROUTES = (
    f"tests/cloud/test_{name}.py" for name in ("alarms", "filters", "logs", "missing_data", "routes")
)


def _watch(name: str, old: str, new: str, caught_by: str, nth: int = 1) -> Plant:
    return in_stack(name, "watch", old, new, caught_by, nth)


PLANTS_OF_WATCH = [
    in_stack(
        "the article's alarm",
        "service",
        "      Statistic: Sum\n      Period: 60\n      EvaluationPeriods: 1",
        "      Statistic: Average\n      Period: 60\n      EvaluationPeriods: 1",
        ALARMS,
    ),
    _watch(
        "an alarm of a metric that is never published",
        "MetricName: HTTPCode_ELB_5XX_Count",
        "MetricName: HTTPCode_ELB_5xx_Count",
        ALARMS,
    ),
    _watch("an alarm by dimensions that have no data", "[{Name: ApiId,", "[{Name: ApiName,", ALARMS),
    _watch(
        "an alarm that silence calms",
        "TreatMissingData: breaching",
        "TreatMissingData: notBreaching",
        ALARMS,
        3,
    ),
    _watch("a broken dashboard", '{"type": "metric", "x": 0, "y": 0,', '{"type": "metric" "x": 0, "y": 0,', ALARMS),
    in_stack(
        "a log of paths at the load balancer",
        "cluster",
        'access_logs.s3.enabled, Value: "false"',
        'access_logs.s3.enabled, Value: "true"',
        LOGS,
    ),
    in_stack(
        "a log of paths at the gateway", "api", '"$context.routeKey",', '"$context.routeKey $context.path",', LOGS
    ),
    _watch("a filter by another name of a field", '$.logger = "todo', '$.name = "todo', FILTERS),
    _watch("a filter by another logger", '"todoproject.api.requests"', '"todoproject.api.errors"', FILTERS, 2),
    _watch("a filter that counts what is shed", "$.status = 500", "$.status >= 500", FILTERS),
    _watch("a number where the log has a text", '$.status = "429"', "$.status = 429", FILTERS),
    _watch("the service's own 429 taken for the gateway's", ' && ($.integrationStatus = "-")', "", FILTERS),
    _watch("a filter of words", '{ ($.status = "429") && ($.integrationStatus = "-") }', '"429"', FILTERS),
    _watch("a filter by another logger of the workers", '"deploy.worker"', '"deploy.gunicorn"', FILTERS),
    _watch("many that a worker sheds counted as one", "MetricValue: $.refused", 'MetricValue: "1"', FILTERS, 2),
    Plant("the workers' field renamed", "deploy/worker.py", '{"refused": refused', '{"shed": refused', FILTERS),
    _watch(
        "a filter of the log of another service", "todo-${Stage}-FilesLogGroup", "todo-${Stage}-TodosLogGroup", FILTERS
    ),
    _watch("the wrong word of a command", 'command[2] = "purge_trash"', 'command[1] = "purge_trash"', FILTERS),
    _watch(
        "a dry run taken for a run",
        ' &&\n        ($.detail.overrides.containerOverrides[0].command[3] = "--apply")',
        "",
        FILTERS,
    ),
    _watch("a failed run taken for a run", "containers[0].exitCode = 0", "containers[0].exitCode != 2", FILTERS),
    _watch(
        "a task that never began is no failure",
        "exitCode NOT EXISTS) ||\n        ($.detail.containers[0].",
        "",
        FILTERS,
    ),
    _watch("tasks of the service kept as maintenance", "MaintenanceTaskDefinitionFamily", "ServiceName", FILTERS),
    _watch("every state of a task kept as its end", "lastStatus: [STOPPED]", "lastStatus: [STOPPED, RUNNING]", FILTERS),
    Plant(
        "a field of the log renamed", "todoproject/api/requests.py", '"status": response', '"code": response', FILTERS
    ),
    Plant("the logger's field renamed", "todoproject/settings.py", '"name": "logger"', '"name": "source"', FILTERS),
    Plant(
        "a field of the access log renamed",
        f"{STACKS}/api.yaml",
        '"status":"$context.status"',
        '"code":"$context.status"',
        FILTERS,
    ),
    Plant("an access log of two lines", f"{STACKS}/api.yaml", "        Format: >-", "        Format: |-", FILTERS),
    Plant(
        "a schedule that runs another command",
        f"{STACKS}/maintenance.yaml",
        '"reconcile_files","--apply"',
        '"reconcile_files","--repair"',
        FILTERS,
    ),
    _watch("nothing said about missing data", "      TreatMissingData: breaching\n", "", MISSING_DATA),
    _watch(
        "a service that is down in silence", "TreatMissingData: breaching", "TreatMissingData: ignore", MISSING_DATA, 2
    ),
    _watch(
        "an alarm about nothing at all", "TreatMissingData: notBreaching", "TreatMissingData: breaching", MISSING_DATA
    ),
    _watch(
        "an alarm that needs more datapoints than it looks at", "EvaluationPeriods: 26", "EvaluationPeriods: 2", ALARMS
    ),
    Plant(
        "the admin open where it is closed",
        f"{STACKS}/api.yaml",
        "IsAdminOpen: !Equals [!Ref AdminAccess, open]",
        'IsAdminOpen: !Not [!Equals [!Ref AdminAccess, ""]]',
        ROUTES,
    ),
    Plant(
        "the pages of the admin left open",
        f"{STACKS}/api.yaml",
        "/admin/{proxy+}: !If\n            - IsAdminOpen",
        "/admin/{proxy+}: !If\n            - HasWebsiteOrigin",
        ROUTES,
    ),
]
