"""CloudFront sends the website as the local server does."""

import json
from typing import Any

from deploy.local.standins import ROOT
from tests.cloud.deployment import Deployment
from tests.cloud.templates import REGION

WRITTEN = json.loads((ROOT / "frontend" / "security-headers.json").read_text())
DOMAIN = {
    "api": {"DomainName": "api.example.com", "CertificateArn": f"arn:aws:acm:{REGION}:111122223333:certificate/a1"}
}


def _headers(deployment: Deployment) -> dict[str, str]:
    """What CloudFront adds to each answer, by the policy that its only behaviour names."""
    policy = deployment["website.SecurityHeaders"]
    behaviour = deployment["website.Distribution"].properties["DistributionConfig"]["DefaultCacheBehavior"]
    assert behaviour["ResponseHeadersPolicyId"] == policy.physical_id
    told = policy.properties["ResponseHeadersPolicyConfig"]
    security: dict[str, Any] = told["SecurityHeadersConfig"]
    overridden = [each["Override"] for each in [*security.values(), *told["CustomHeadersConfig"]["Items"]]]
    assert overridden == [True] * len(overridden)
    transport = security["StrictTransportSecurity"]
    return {
        "Content-Security-Policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"].strip(),
        "Strict-Transport-Security": f"max-age={transport['AccessControlMaxAgeSec']}; "
        f"{'includeSubDomains; ' if transport['IncludeSubdomains'] else ''}{'preload' if transport['Preload'] else ''}",
        **({"X-Content-Type-Options": "nosniff"} if "ContentTypeOptions" in security else {}),
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        **{each["Header"]: each["Value"] for each in told["CustomHeadersConfig"]["Items"]},
    }


def _expected(deployment: Deployment, api: str) -> dict[str, str]:
    bucket = deployment["data.FilesBucket"].physical_id
    origins = {
        "{api}": api,
        "{files}": f"https://{bucket}.s3.{REGION}.amazonaws.com",
        "{cognito}": f"https://cognito-idp.{REGION}.amazonaws.com",
    }
    headers: dict[str, str] = {}
    for name, value in WRITTEN["headers"].items():
        for placeholder, origin in origins.items():
            value = value.replace(placeholder, origin)
        headers[name] = value
    return headers


def test_the_headers_are_those_of_the_website(deployment: Deployment) -> None:
    api = deployment.outputs["api"]["ApiUrl"]
    assert not api.endswith("/")
    assert _headers(deployment) == _expected(deployment, api)


def test_with_domains_of_its_own_the_website_may_call_the_api_there(deployment: Deployment) -> None:
    moved = Deployment(deployment.stage, changed={**DOMAIN, "website": {"ApiDomainName": "api.example.com"}})
    assert moved.outputs["api"]["ApiUrl"] == "https://api.example.com"
    assert _headers(moved) == _expected(moved, "https://api.example.com")


def test_the_bucket_is_read_by_this_distribution_and_nobody_else(deployment: Deployment) -> None:
    bucket, distribution = deployment["website.WebsiteBucket"], deployment["website.Distribution"]
    (origin,) = distribution.properties["DistributionConfig"]["Origins"]
    control = deployment["website.OriginAccess"]
    assert origin["OriginAccessControlId"] == control.physical_id
    signing = control.properties["OriginAccessControlConfig"]
    assert (signing["SigningBehavior"], signing["SigningProtocol"]) == ("always", "sigv4")
    allowed = [
        each
        for each in deployment["website.WebsiteBucketPolicy"].properties["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
    ]
    source = f"arn:aws:cloudfront::{deployment.account}:distribution/{distribution.physical_id}"
    for each in allowed:
        assert each["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert each["Condition"] == {"StringEquals": {"aws:SourceArn": source}}
    assert bucket.physical_id in str(origin["DomainName"])


def test_only_https_is_served_and_pages_inside_the_website_are_found(deployment: Deployment) -> None:
    behaviour = deployment["website.Distribution"].properties["DistributionConfig"]["DefaultCacheBehavior"]
    assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
    function = deployment["website.AddressesOfTheWebsite"]
    assert behaviour["FunctionAssociations"] == [{"EventType": "viewer-request", "FunctionARN": function.physical_id}]
    assert "/index.html" in function.properties["FunctionCode"]
