"""CloudFormation's role may do what AWS's types say that they do, but for what our templates have no use for."""

from collections.abc import Iterator

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.cloud.deployment import Deployment
from tests.cloud.iam import is_like, read
from tests.cloud.templates import REGION

# A type names all that it ever calls, whatever is asked of it. What no template of ours asks for, each with the reason.
NOT_ASKED_FOR = {
    "what is kept is nothing that a deployment reads or writes": (
        "dynamodb:*Item",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:ImportTable",
        "logs:*LogStream*",
        "logs:PutLogEvents",
        "s3:*Object*",
        "secretsmanager:GetSecretValue",
    ),
    "tables, pools and logs are encrypted with AWS's own keys": (
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey*",
        "kms:ListAliases",
        "kms:ReEncrypt*",
        "kms:RevokeGrant",
        "logs:*KmsKey",
    ),
    "of each there is one, in one region": (
        "dynamodb:*TableReplica",
        "secretsmanager:*Replicat*",
        "vpce:AllowMultiRegion",
    ),
    "no service of this kind is in use": (
        "firehose:*",
        "kinesis:*",
        "lambda:*",
        "managed-fleets:*",
        "s3:REST.PUT.OBJECT",
        "s3tables:*",
        "vpc-lattice:*",
    ),
    "targets, addresses and networks are what the template says, and stay so": (
        "autoscaling:*TrafficSources",
        "autoscaling:*achLoadBalancer*",
        "ec2:*NatGatewayAddress",
        "ec2:*SubnetCidrBlock",
        "ec2:*VpnGateway",
        "ec2:AcceptAddressTransfer",
        "ec2:AssociateAddress",
        "ec2:CreateVpcEncryptionControl",
        "ec2:ModifyVpcTenancy",
        "elasticloadbalancing:*gisterTargets",
    ),
    "no property of ours leads there": (
        "apigateway:*Certificate*Domain",
        "application-autoscaling:*ScheduledAction",
        "autoscaling:*Processes",
        "autoscaling:PutNotificationConfiguration",
        "cloudfront:*ConnectionGroup",
        "cloudfront:GetVpcOrigin",
        "cloudwatch:GetMetricData",
        "cognito-idp:AddCustomAttributes",
        "dynamodb:*KinesisStreamingDestination",
        "dynamodb:UpdateContributorInsights",
        "ecs:PutAccountSetting*",
        "logs:PutBearerTokenAuthentication",
    ),
    "IAM knows no such action: tags are POST, PUT and DELETE as well": ("apigateway:*TagResource",),
    "two of what Auto Scaling may look at are named one by one": ("ec2:Get*", "ssm:Get*"),
    "a role never leaves its boundary, and those of AWS's own services stay": (
        "iam:DeleteRolePermissionsBoundary",
        "iam:DeleteServiceLinkedRole",
    ),
}


def _allowed(deployment: Deployment) -> set[str]:
    """The actions, whatever they are allowed on."""
    role = deployment["pipeline.CloudFormationRole"]
    documents = [
        each.properties["PolicyDocument"]
        for each in deployment.of_type("AWS::IAM::ManagedPolicy")
        if each.physical_id in role.properties["ManagedPolicyArns"]
    ]
    assert len(documents) == len(role.properties["ManagedPolicyArns"])
    return {action for each in documents for one in read(each) if one.effect == "Allow" for action in one.actions}


def _declared(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Type and action of everything that making, changing and removing the resources may take."""
    for resource_type in sorted({each.type for each in deployment.resources if each.stack != "pipeline"}):
        handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, resource_type).schema.get("handlers", {})
        for operation in handlers.keys() - {"list"}:
            for action in handlers[operation]["permissions"]:
                yield resource_type, action


def test_cloudformation_may_do_what_the_types_of_the_templates_declare() -> None:
    # The stage that has domains too, and so every type.
    deployment = Deployment("production")
    allowed, declared = _allowed(deployment), set(_declared(deployment))
    assert len(declared) > 300
    missing = {each for each in declared if not any(is_like(each[1], action, ignore_case=True) for action in allowed)}
    excused = [pattern for patterns in NOT_ASKED_FOR.values() for pattern in patterns]
    unexcused = {each for each in missing if not any(is_like(each[1], one, ignore_case=True) for one in excused)}
    assert unexcused == set()
    idle = [one for one in excused if not any(is_like(action, one, ignore_case=True) for _, action in missing)]
    assert idle == [], "allowed, or declared no more"
