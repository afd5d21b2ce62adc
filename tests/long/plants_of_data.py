"""Faults in what is kept, and in who gets at it: tables and buckets, networks, roles."""

from tests.long.plant import in_stack

AUTH, CLOUDFORMATION, DATA, NETWORK, ROLES = (
    f"tests/cloud/test_{name}.py" for name in ("auth", "cloudformation_role", "data", "network", "roles")
)

PLANTS_OF_DATA = [
    in_stack(
        "an LSI with another hash key",
        "data",
        "- IndexName: byList\n          KeySchema:\n            - { AttributeName: userID",
        "- IndexName: byList\n          KeySchema:\n            - { AttributeName: todoID",
        DATA,
    ),
    in_stack(
        "a GSI of another attribute",
        "data",
        "- { AttributeName: purgeDay, KeyType: HASH }",
        "- { AttributeName: listOrder, KeyType: HASH }",
        DATA,
    ),
    in_stack(
        "no time to live",
        "data",
        "TimeToLiveSpecification: { AttributeName: expiresAt, Enabled: true }",
        "TimeToLiveSpecification: { AttributeName: expires, Enabled: true }",
        DATA,
    ),
    in_stack(
        "no point-in-time recovery",
        "data",
        "PointInTimeRecoveryEnabled: true",
        "PointInTimeRecoveryEnabled: false",
        DATA,
    ),
    in_stack("a table that goes with its stack", "data", "DeletionPolicy: Retain", "DeletionPolicy: Delete", DATA),
    in_stack("a bucket for everybody", "data", "BlockPublicPolicy: true", "BlockPublicPolicy: false", DATA),
    in_stack(
        "a security group open to the internet",
        "cluster",
        "SourceSecurityGroupId: !GetAtt VpcLinkSecurityGroup.GroupId",
        "CidrIp: 0.0.0.0/0",
        NETWORK,
    ),
    in_stack("a port that no rule opens", "cluster", "FromPort: 31000", "FromPort: 32000", NETWORK),
    in_stack(
        "host ports outside the security group",
        "cluster",
        "ECS_DYNAMIC_HOST_PORT_RANGE=31000-61000",
        "ECS_DYNAMIC_HOST_PORT_RANGE=30000-61000",
        NETWORK,
    ),
    in_stack(
        "a private subnet routed past NAT",
        "network",
        "RouteTableId: !Ref PrivateRouteTable1, Dest",
        "RouteTableId: !Ref PrivateRouteTable2, Dest",
        NETWORK,
    ),
    in_stack("a network ACL too narrow", "network", "From: 1024, To: 65535", "From: 32768, To: 60999", NETWORK),
    in_stack(
        "any hop may ask for the instance's role",
        "cluster",
        "HttpPutResponseHopLimit: 1",
        "HttpPutResponseHopLimit: 2",
        NETWORK,
    ),
    in_stack(
        "a role widened", "service", "Action: [s3:DeleteObject, s3:GetObject, s3:PutObject]", "Action: [s3:*]", ROLES
    ),
    in_stack(
        "a role on everything",
        "service",
        'Resource: !ImportValue { "Fn::Sub": "todo-${Stage}-FilesBucketArn" }',
        'Resource: "*"',
        ROLES,
    ),
    in_stack(
        "GitHub of any repository",
        "pipeline",
        '"token.actions.githubusercontent.com:sub": !Sub "repo:${GitHubRepository}:environment:${Stage}"',
        '"token.actions.githubusercontent.com:sub": !Sub "repo:*:environment:${Stage}"',
        ROLES,
    ),
    in_stack(
        "a role without its boundary",
        "service",
        'PermissionsBoundary: !ImportValue { "Fn::Sub": "todo-${Stage}-RoleBoundaryArn" }',
        "MaxSessionDuration: 3600",
        ROLES,
    ),
    in_stack("a boundary within a role", "pipeline", "              - dynamodb:Scan\n", "", ROLES),
    in_stack("a right that CloudFormation lacks", "pipeline", "budgets:*Tag*", "budgets:TagResource", CLOUDFORMATION),
    in_stack("staff without a second factor", "auth", 'MfaConfiguration: "ON"', 'MfaConfiguration: "OPTIONAL"', AUTH),
    in_stack("anybody signs up as staff", "auth", "CreateUserOnly: true", "CreateUserOnly: false", AUTH),
    in_stack(
        "a password that leaves the browser",
        "auth",
        "[ALLOW_USER_SRP_AUTH, ALLOW",
        "[ALLOW_USER_PASSWORD_AUTH, ALLOW",
        AUTH,
    ),
    in_stack(
        "two NAT gateways in one zone",
        "network",
        "SubnetId: !Ref PublicSubnet2 }\n\n  Nat",
        "SubnetId: !Ref PublicSubnet1 }\n\n  Nat",
        NETWORK,
    ),
    in_stack("flows that no log has", "network", "TrafficType: ALL", "TrafficType: REJECT", NETWORK),
]
