"""The tables are those of the PynamoDB models, and what is kept outlives its stack."""

from importlib import import_module
from typing import Any

import pytest
from pynamodb.models import Model

from tests.cloud.deployment import Deployment

# The attribute that DynamoDB's time to live looks at: PynamoDB has no word for it.
TIME_TO_LIVE = {"FilesTable": "expiresAt", "StaffTable": "expiresAt"}
STATEFUL = {
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::ECR::Repository",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
}
TABLES = {
    "TodosTable": ("todos.models", ["TodoModel", "EraseRequestModel"]),
    "FilesTable": ("files.models", ["FileModel", "UsageModel"]),
    "StaffTable": ("todoproject.support.models", ["StaffModel", "SessionModel"]),
    "AuditTable": ("todoproject.support.models", ["EventModel"]),
}
"""Which models share a table; the first one has its indexes."""


def _schema(keys: Any, attributes: Any, local: Any, of_all: Any) -> dict[str, Any]:
    def ordered(schema: Any) -> list[tuple[str, str]]:
        return sorted((each["KeyType"], each["AttributeName"]) for each in schema)

    return {
        "keys": ordered(keys),
        "attributes": sorted((each["AttributeName"], each["AttributeType"]) for each in attributes),
        "indexes": sorted(
            (kind, name, ordered(index_keys), projection["ProjectionType"])
            for kind, indexes in (("local", local), ("global", of_all))
            for name, index_keys, projection in indexes
        ),
    }


def _of_model(model: type[Model]) -> dict[str, Any]:
    told = model._get_schema()
    local, of_all = (
        [(each["index_name"], each["key_schema"], each["projection"]) for each in told[f"{kind}_secondary_indexes"]]
        for kind in ("local", "global")
    )
    return _schema(told["key_schema"], told["attribute_definitions"], local, of_all)


def _of_template(properties: dict[str, Any]) -> dict[str, Any]:
    local, of_all = (
        [
            (each["IndexName"], each["KeySchema"], each["Projection"])
            for each in properties.get(f"{kind}SecondaryIndexes", [])
        ]
        for kind in ("Local", "Global")
    )
    return _schema(properties["KeySchema"], properties["AttributeDefinitions"], local, of_all)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_keys_and_indexes_of_its_models(deployment: Deployment, name: str) -> None:
    module, (first, *others) = TABLES[name]
    models = import_module(module)
    properties = deployment[f"data.{name}"].properties
    assert _of_template(properties) == _of_model(getattr(models, first))
    for other in others:
        assert _of_model(getattr(models, other))["keys"] == _of_template(properties)["keys"]
    named = {each.attr_name for model in (first, *others) for each in getattr(models, model).get_attributes().values()}
    assert {TIME_TO_LIVE[name]} <= named if name in TIME_TO_LIVE else "expiresAt" not in named


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_on_demand_encrypted_and_can_be_brought_back(deployment: Deployment, name: str) -> None:
    properties = dict(deployment[f"data.{name}"].properties)
    for varying in ("KeySchema", "AttributeDefinitions", "LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        properties.pop(varying, None)
    expected: dict[str, Any] = {
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
    }
    if name in TIME_TO_LIVE:
        expected["TimeToLiveSpecification"] = {"AttributeName": TIME_TO_LIVE[name], "Enabled": True}
    assert properties == expected


def test_what_is_kept_outlives_its_stack(deployment: Deployment) -> None:
    kept = [each for each in deployment.resources if each.type in STATEFUL]
    assert {each.type for each in kept} == STATEFUL
    policies = {str(each): (each.source.get("DeletionPolicy"), each.source.get("UpdateReplacePolicy")) for each in kept}
    repository = {"pipeline.Repository": ("RetainExceptOnCreate", "Retain")}
    assert policies == dict.fromkeys(policies, ("Retain", "Retain")) | repository


def test_user_pools_cannot_be_deleted_by_mistake(deployment: Deployment) -> None:
    pools = list(deployment.of_type("AWS::Cognito::UserPool"))
    assert [each.properties["DeletionProtection"] for each in pools] == ["ACTIVE"] * 2


def test_no_bucket_can_be_read_by_the_public_or_without_tls(deployment: Deployment) -> None:
    policies = {each.properties["Bucket"]: each for each in deployment.of_type("AWS::S3::BucketPolicy")}
    for bucket in deployment.of_type("AWS::S3::Bucket"):
        blocked = bucket.properties["PublicAccessBlockConfiguration"]
        assert list(blocked.values()) == [True] * 4, bucket
        assert bucket.properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, bucket
        assert bucket.properties["BucketEncryption"], bucket
        statements = policies[bucket.physical_id].properties["PolicyDocument"]["Statement"]
        assert any(
            each["Effect"] == "Deny"
            and each["Principal"] == "*"
            and each["Action"] == "s3:*"
            and str(each["Condition"].get("Bool", {}).get("aws:SecureTransport")).lower() == "false"
            for each in statements
        ), bucket
        for each in statements:
            assert each["Effect"] == "Deny" or (each["Principal"] != "*" and each["Principal"].get("AWS") != "*"), (
                bucket
            )


def test_the_files_bucket_keeps_old_versions_for_a_while_and_answers_the_website_only(deployment: Deployment) -> None:
    properties = deployment["data.FilesBucket"].properties
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = properties["LifecycleConfiguration"]["Rules"]
    assert [each["NoncurrentVersionExpiration"] for each in rules if "NoncurrentVersionExpiration" in each]
    with_origin = Deployment(deployment.stage, changed={"data": {"WebsiteOrigin": "https://todo.example.com"}})
    (rule,) = with_origin["data.FilesBucket"].properties["CorsConfiguration"]["CorsRules"]
    assert (rule["AllowedOrigins"], sorted(rule["AllowedMethods"])) == (
        ["https://todo.example.com"],
        ["GET", "HEAD", "POST"],
    )
    without = Deployment(deployment.stage, changed={"data": {"WebsiteOrigin": ""}})
    assert "CorsConfiguration" not in without["data.FilesBucket"].properties
