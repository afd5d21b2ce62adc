"""No log that AWS writes of requests has paths or queries: e-mail addresses, and words that were searched for."""

import re
from typing import Any

from tests.cloud.deployment import Deployment

NOT_LOGGED = {"Key": "access_logs.s3.enabled", "Value": "false"}
# By AWS's list of the variables of an HTTP API's access log: what a client has written, or a token says.
WRITTEN = r"path|domain|identity\.(?!sourceIp$)|authorizer\.(?!error$)"


def test_only_api_gateway_logs_requests(deployment: Deployment) -> None:
    assert [str(each) for each in deployment.resources if _logs_requests(each.type, each.properties)] == []


def _logs_requests(resource_type: str, properties: dict[str, Any]) -> bool:
    match resource_type:
        case "AWS::ElasticLoadBalancingV2::LoadBalancer":
            return NOT_LOGGED not in properties["LoadBalancerAttributes"]
        case "AWS::CloudFront::Distribution":
            return "Logging" in properties["DistributionConfig"]
        case "AWS::S3::Bucket":
            return "LoggingConfiguration" in properties
        case _:
            return resource_type in ("AWS::CloudFront::RealtimeLogConfig", "AWS::Logs::DeliverySource")


def test_api_gateway_s_log_has_nothing_that_a_client_has_written(deployment: Deployment) -> None:
    (stage,) = deployment.of_type("AWS::ApiGatewayV2::Stage")
    used = re.findall(r"\$context\.([A-Za-z.]+)", stage.properties["AccessLogSettings"]["Format"])
    assert "routeKey" in used
    assert [variable for variable in used if re.match(WRITTEN, variable, re.IGNORECASE)] == []
