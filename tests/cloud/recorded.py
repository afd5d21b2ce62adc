"""Models for the types that moto's CloudFormation skips: they answer Ref and GetAtt as AWS does."""

import zlib
from dataclasses import dataclass, field
from typing import Any

from moto.core.common_models import CloudFormationModel


@dataclass(frozen=True)
class Shape:
    """How AWS forms the physical id and the attributes. `{name}` is the resource's name, by the property `name` or
    generated, `{digits}` and `{letters}` an id of its own, `{ref}` the physical id; properties by their names."""

    ref: str
    attributes: dict[str, str] = field(default_factory=dict)
    name: str = ""


def _arn(service: str, resource: str, *, region: str = "{region}") -> str:
    return f"arn:aws:{service}:{region}:{{account}}:{resource}"


SHAPES = {
    "AWS::ApiGatewayV2::Api": Shape(
        "{letters}", {"ApiId": "{ref}", "ApiEndpoint": "https://{ref}.execute-api.{region}.amazonaws.com"}
    ),
    "AWS::ApiGatewayV2::ApiMapping": Shape("{letters}"),
    "AWS::ApiGatewayV2::Authorizer": Shape("{letters}", {"AuthorizerId": "{ref}"}),
    "AWS::ApiGatewayV2::DomainName": Shape(
        "{DomainName}",
        {
            "RegionalDomainName": "d-{letters}.execute-api.{region}.amazonaws.com",
            "RegionalHostedZoneId": "Z1UJRXOUMOOFQ8",
        },
    ),
    "AWS::ApiGatewayV2::Integration": Shape("{letters}", {"IntegrationId": "{ref}"}),
    "AWS::ApiGatewayV2::Route": Shape("{letters}", {"RouteId": "{ref}"}),
    "AWS::ApiGatewayV2::Stage": Shape("{StageName}"),
    "AWS::ApiGatewayV2::VpcLink": Shape("{letters}", {"VpcLinkId": "{ref}"}),
    "AWS::ApplicationAutoScaling::ScalableTarget": Shape("{ResourceId}|{ScalableDimension}|{ServiceNamespace}"),
    "AWS::ApplicationAutoScaling::ScalingPolicy": Shape(
        _arn("autoscaling", "scalingPolicy:{letters}:policyName/{name}"), {"Arn": "{ref}"}, "PolicyName"
    ),
    "AWS::AutoScaling::ScalingPolicy": Shape(
        _arn("autoscaling", "scalingPolicy:{letters}"), {"Arn": "{ref}", "PolicyName": "{name}"}
    ),
    "AWS::Budgets::Budget": Shape("{name}"),
    "AWS::CertificateManager::Certificate": Shape(_arn("acm", "certificate/{letters}")),
    "AWS::CloudFront::CachePolicy": Shape("{letters}", {"Id": "{ref}"}),
    "AWS::CloudFront::Distribution": Shape("E{digits}", {"Id": "{ref}", "DomainName": "d{letters}.cloudfront.net"}),
    "AWS::CloudFront::Function": Shape(
        _arn("cloudfront", "function/{Name}", region=""),
        {"FunctionARN": "{ref}", "FunctionMetadata.FunctionARN": "{ref}"},
    ),
    "AWS::CloudFront::OriginAccessControl": Shape("E{digits}", {"Id": "{ref}"}),
    "AWS::CloudFront::OriginRequestPolicy": Shape("{letters}", {"Id": "{ref}"}),
    "AWS::CloudFront::ResponseHeadersPolicy": Shape("{letters}", {"Id": "{ref}"}),
    "AWS::CloudWatch::Alarm": Shape("{name}", {"Arn": _arn("cloudwatch", "alarm:{ref}")}, name="AlarmName"),
    "AWS::CloudWatch::CompositeAlarm": Shape("{name}", {"Arn": _arn("cloudwatch", "alarm:{ref}")}, name="AlarmName"),
    "AWS::Cognito::UserPool": Shape(
        "{region}_{letters}",
        {
            "Arn": _arn("cognito-idp", "userpool/{ref}"),
            "ProviderName": "cognito-idp.{region}.amazonaws.com/{ref}",
            "ProviderURL": "https://cognito-idp.{region}.amazonaws.com/{ref}",
            "UserPoolId": "{ref}",
        },
    ),
    "AWS::Cognito::UserPoolClient": Shape("{letters}", {"ClientId": "{ref}"}),
    "AWS::Cognito::UserPoolDomain": Shape("{Domain}"),
    "AWS::Cognito::UserPoolGroup": Shape("{GroupName}"),
    "AWS::EC2::NetworkAcl": Shape("acl-{digits}", {"Id": "{ref}"}),
    "AWS::EC2::NetworkAclEntry": Shape("{letters}"),
    "AWS::EC2::SecurityGroupEgress": Shape("sgr-{digits}", {"Id": "{ref}"}),
    "AWS::EC2::SubnetNetworkAclAssociation": Shape("aclassoc-{digits}", {"AssociationId": "{ref}"}),
    "AWS::ECS::CapacityProvider": Shape("{name}", name="Name"),
    "AWS::ECS::ClusterCapacityProviderAssociations": Shape("{Cluster}"),
    "AWS::IAM::OIDCProvider": Shape(_arn("iam", "oidc-provider/{letters}", region=""), {"Arn": "{ref}"}),
    "AWS::IAM::ServiceLinkedRole": Shape("{AWSServiceName}", {"RoleName": "{ref}"}),
    "AWS::Logs::MetricFilter": Shape("{name}", name="FilterName"),
    "AWS::Logs::QueryDefinition": Shape("{letters}"),
    # moto has it, but wants the zone, which belongs to none of these stacks.
    "AWS::Route53::RecordSet": Shape("{Name}"),
    "AWS::S3::BucketPolicy": Shape("{Bucket}"),
    "AWS::SNS::Subscription": Shape("{TopicArn}:{letters}"),
    "AWS::SNS::TopicPolicy": Shape("{letters}", {"Id": "{ref}"}),
    "AWS::SQS::QueuePolicy": Shape("{letters}", {"Id": "{ref}"}),
    "AWS::Scheduler::Schedule": Shape("{name}", {"Arn": _arn("scheduler", "schedule/default/{ref}")}, name="Name"),
    "AWS::Scheduler::ScheduleGroup": Shape("{name}", {"Arn": _arn("scheduler", "schedule-group/{ref}")}, name="Name"),
    "AWS::SecretsManager::Secret": Shape(_arn("secretsmanager", "secret:{name}"), {"Id": "{ref}"}, name="Name"),
}
"""Every type that the templates use and moto skips; one that stands neither here nor in moto fails the creation."""


class Recorded(CloudFormationModel):
    """A resource of a type in SHAPES."""

    shape: Shape

    def __init__(self, values: dict[str, str]) -> None:
        self.physical_resource_id = self.shape.ref.format_map(values)
        self._values = values | {"ref": self.physical_resource_id}

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in cls.shape.attributes

    def get_cfn_attribute(self, name: str) -> str:
        # Raises KeyError: moto would leave out what it does not know, and the property with it.
        return self.shape.attributes[name].format_map(self._values)

    def is_created(self) -> bool:
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **_: Any
    ) -> "Recorded":
        number = zlib.crc32(f"{account_id}/{resource_name}".encode())
        values = {
            "name": resource_name,
            "digits": f"{number:010X}",
            "letters": f"{number:010x}".translate(str.maketrans("0123456789", "ghijklmnop")),
            "account": account_id,
            "region": region_name,
        }
        return cls({name: str(value) for name, value in cloudformation_json["Properties"].items()} | values)


def _model(resource_type: str, shape: Shape) -> type[Recorded]:
    functions = {
        "shape": shape,
        "cloudformation_type": staticmethod(lambda: resource_type),
        "cloudformation_name_type": staticmethod(lambda: shape.name),
    }
    return type(resource_type.replace("::", ""), (Recorded,), functions)


MODELS = {resource_type: _model(resource_type, shape) for resource_type, shape in SHAPES.items()}
