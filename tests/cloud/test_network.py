"""From the VPC link to a container, and from a container to AWS: each hop is open, and nothing else."""

import base64
from collections.abc import Iterator
from typing import Any

from tests.cloud.balancer import containers_of
from tests.cloud.deployment import Deployment, Resource

EVERYWHERE = "0.0.0.0/0"


def _subnets(deployment: Deployment, kind: str) -> list[str]:
    return [deployment[f"network.{kind}Subnet{number}"].physical_id for number in (1, 2, 3)]


def _routes(deployment: Deployment, subnet: str) -> dict[str, Resource]:
    """The routes of a subnet, by destination."""
    tables = {
        each.properties["SubnetId"]: each.properties["RouteTableId"]
        for each in deployment.of_type("AWS::EC2::SubnetRouteTableAssociation")
    }
    return {
        each.properties["DestinationCidrBlock"]: each
        for each in deployment.of_type("AWS::EC2::Route")
        if each.properties["RouteTableId"] == tables[subnet]
    }


def _allowed(deployment: Deployment, direction: str) -> Iterator[tuple[str, str, int, int]]:
    """Group, the other side, first and last port of each rule of the security groups."""
    key = {"Ingress": "Source", "Egress": "Destination"}[direction]
    rules: list[tuple[str, dict[str, Any]]] = [
        (group.physical_id, rule)
        for group in deployment.of_type("AWS::EC2::SecurityGroup")
        for rule in group.properties.get(f"SecurityGroup{direction}", [])
    ]
    rules += [
        (each.properties["GroupId"], each.properties)
        for each in deployment.of_type(f"AWS::EC2::SecurityGroup{direction}")
    ]
    for group, rule in rules:
        assert rule["IpProtocol"] == "tcp", rule
        other = rule.get(f"{key}SecurityGroupId") or rule.get("CidrIp") or rule[f"{key}PrefixListId"]
        yield group, other, int(rule["FromPort"]), int(rule["ToPort"])


def test_there_are_three_public_and_three_private_subnets_in_three_zones(deployment: Deployment) -> None:
    zones = {each.physical_id: each.properties["AvailabilityZone"] for each in deployment.of_type("AWS::EC2::Subnet")}
    for kind in ("Public", "Private"):
        assert len({zones[subnet] for subnet in _subnets(deployment, kind)}) == 3
    assert len(zones) == 6


def test_private_subnets_get_out_by_nat_only_and_public_ones_by_the_gateway(deployment: Deployment) -> None:
    gateways = {each.physical_id: each for each in deployment.of_type("AWS::EC2::NatGateway")}
    for subnet in _subnets(deployment, "Private"):
        routes = _routes(deployment, subnet)
        assert list(routes) == [EVERYWHERE]
        nat = gateways[routes[EVERYWHERE].properties["NatGatewayId"]]
        assert nat.properties["SubnetId"] in _subnets(deployment, "Public")
    (internet,) = deployment.of_type("AWS::EC2::InternetGateway")
    for subnet in _subnets(deployment, "Public"):
        assert _routes(deployment, subnet)[EVERYWHERE].properties["GatewayId"] == internet.physical_id


def test_with_nat_in_each_zone_no_private_subnet_needs_another_zone(deployment: Deployment) -> None:
    spread = Deployment(deployment.stage, changed={"network": {"NatGateways": "per-zone"}})
    zones = {each.physical_id: each.properties["AvailabilityZone"] for each in spread.of_type("AWS::EC2::Subnet")}
    gateways = {each.physical_id: zones[each.properties["SubnetId"]] for each in spread.of_type("AWS::EC2::NatGateway")}
    for subnet in _subnets(spread, "Private"):
        route = _routes(spread, subnet)[EVERYWHERE]
        assert gateways[route.properties["NatGatewayId"]] == zones[subnet], subnet


def test_every_connection_is_in_the_flow_log(deployment: Deployment) -> None:
    (log,) = deployment.of_type("AWS::EC2::FlowLog")
    told = log.properties
    assert (told["ResourceId"], told["TrafficType"]) == (deployment["network.Vpc"].physical_id, "ALL")
    assert told["LogGroupName"] == deployment["network.FlowLogGroup"].physical_id


def test_dynamodb_and_s3_are_reached_without_nat(deployment: Deployment) -> None:
    private = {
        each.properties["RouteTableId"]
        for each in deployment.of_type("AWS::EC2::SubnetRouteTableAssociation")
        if each.properties["SubnetId"] in _subnets(deployment, "Private")
    }
    endpoints = {
        each.properties["ServiceName"]: each.properties for each in deployment.of_type("AWS::EC2::VPCEndpoint")
    }
    assert {name.rpartition(".")[2] for name in endpoints} == {"dynamodb", "s3"}
    for name, endpoint in endpoints.items():
        assert endpoint.get("VpcEndpointType", "Gateway") == "Gateway", name
        assert private <= set(endpoint["RouteTableIds"]), name


def test_security_groups_lead_from_the_vpc_link_to_the_containers_and_to_aws(deployment: Deployment) -> None:
    link, balancer, instances = (
        deployment[f"cluster.{name}SecurityGroup"].physical_id for name in ("VpcLink", "LoadBalancer", "Instance")
    )
    port = int(deployment["cluster.Listener"].properties["Port"])
    assert set(_allowed(deployment, "Ingress")) == {
        (balancer, link, port, port),
        (instances, balancer, 31000, 61000),
    }
    assert set(_allowed(deployment, "Egress")) == {
        (link, balancer, port, port),
        (balancer, instances, 31000, 61000),
        (instances, EVERYWHERE, 443, 443),
    }


def test_each_part_is_in_its_security_group_and_in_private_subnets(deployment: Deployment) -> None:
    private = set(_subnets(deployment, "Private"))
    (link,) = deployment.of_type("AWS::ApiGatewayV2::VpcLink")
    balancer, group = deployment["cluster.LoadBalancer"].properties, deployment["cluster.AutoScalingGroup"].properties
    template = deployment["cluster.LaunchTemplate"].properties["LaunchTemplateData"]
    found = {
        "VpcLink": (link.properties["SecurityGroupIds"], set(link.properties["SubnetIds"])),
        "LoadBalancer": (balancer["SecurityGroups"], set(balancer["Subnets"])),
        "Instance": (template["SecurityGroupIds"], set(group["VPCZoneIdentifier"])),
    }
    assert found == {name: ([deployment[f"cluster.{name}SecurityGroup"].physical_id], private) for name in found}
    assert balancer["Scheme"] == "internal"


def test_docker_chooses_host_ports_within_what_the_load_balancer_may_reach(deployment: Deployment) -> None:
    assert deployment["service.ServiceTaskDefinition"].properties["NetworkMode"] == "bridge"
    for container in containers_of(deployment).values():
        (mapping,) = container.definition["PortMappings"]
        assert (mapping["HostPort"], mapping["ContainerPort"]) == (0, 8000)


def test_network_acls_let_through_what_the_security_groups_let_through(deployment: Deployment) -> None:
    acls = {
        each.properties["SubnetId"]: each.properties["NetworkAclId"]
        for each in deployment.of_type("AWS::EC2::SubnetNetworkAclAssociation")
    }
    vpc = deployment["network.Vpc"].properties["CidrBlock"]
    for kind in ("Public", "Private"):
        for subnet in _subnets(deployment, kind):
            entries = [each.properties for each in deployment.of_type("AWS::EC2::NetworkAclEntry")]
            own = sorted(
                (each for each in entries if each["NetworkAclId"] == acls[subnet]), key=lambda each: each["RuleNumber"]
            )
            # Answers from AWS come back to the ports that Linux and NAT gateways take for connections of their own.
            for outgoing, network, port in [
                (True, EVERYWHERE, 443),
                (False, EVERYWHERE, 1024),
                (False, EVERYWHERE, 65535),
            ]:
                assert _passes(own, outgoing=outgoing, network=network, port=port), (kind, outgoing, port)
            if kind == "Public":
                # What the private subnets ask the NAT gateway for, and what it gives back.
                assert _passes(own, outgoing=False, network=vpc, port=443)
                assert _passes(own, outgoing=True, network=vpc, port=1024)
            if kind == "Private":
                for outgoing, port in [
                    (True, 80),
                    (False, 80),
                    (True, 31000),
                    (False, 61000),
                    (True, 1024),
                    (False, 65535),
                ]:
                    assert _passes(own, outgoing=outgoing, network=vpc, port=port), (kind, outgoing, port)
                assert not _passes(own, outgoing=False, network=EVERYWHERE, port=22)


def _passes(entries: list[dict[str, Any]], *, outgoing: bool, network: str, port: int) -> bool:
    """Whether TCP to or from this network passes: the entry with the lowest number that matches decides."""
    for entry in entries:
        ports = entry.get("PortRange", {"From": 0, "To": 65535})
        protocol = int(entry["Protocol"])
        if (
            str(entry.get("Egress", False)).lower() == str(outgoing).lower()
            and entry["CidrBlock"] in (network, EVERYWHERE)
            and protocol in (6, -1)
            and (protocol == -1 or int(ports["From"]) <= port <= int(ports["To"]))
        ):
            return bool(entry["RuleAction"] == "allow")
    return False


def test_the_agent_takes_ports_that_the_load_balancer_may_reach(deployment: Deployment) -> None:
    template = deployment["cluster.LaunchTemplate"].properties["LaunchTemplateData"]
    script = base64.b64decode(template["UserData"]).decode()
    assert "ECS_DYNAMIC_HOST_PORT_RANGE=31000-61000\n" in script
    assert f"ECS_CLUSTER={deployment['cluster.Cluster'].physical_id}\n" in script


def test_nothing_gets_a_public_address_by_itself_and_no_container_the_role_of_its_instance(
    deployment: Deployment,
) -> None:
    for each in deployment.of_type("AWS::EC2::Subnet"):
        assert not each.properties.get("MapPublicIpOnLaunch"), each
    metadata = deployment["cluster.LaunchTemplate"].properties["LaunchTemplateData"]["MetadataOptions"]
    assert (metadata["HttpTokens"], metadata["HttpPutResponseHopLimit"]) == ("required", 1)
    assert "KeyName" not in deployment["cluster.LaunchTemplate"].properties["LaunchTemplateData"]
