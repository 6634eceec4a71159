"""The compose file says only what is so: files that exist, commands and settings there are, targets that answer."""

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import typer
import yaml
from typer.core import TyperGroup

from deploy.environment import environment
from deploy.reference.configuration import settings_classes
from services.cli import app
from services.kit.settings import ProcessSettings

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS = COMPOSE["services"]
ROLES = {name: entry for name, entry in CONTAINERS.items() if entry["image"].startswith("fundwarden:")}
SETTINGS = {settings.__module__.split(".")[1]: settings for settings in settings_classes()}

PROCESSES = {name: entry for name, entry in ROLES.items() if entry["command"][0] in {"serve", "work"}}

every_role = pytest.mark.parametrize("role", ROLES)


def names_in(text: str) -> set[str]:
    return set(re.findall(r"\$\{(\w+):\?", text))


def drawn() -> dict[str, str]:
    lines = (line.partition("=") for line in environment().splitlines() if "=" in line and not line.startswith("#"))
    return {name: value for name, _, value in lines}


def test_every_mounted_file_is_there():
    mounted = [
        volume.partition(":")[0]
        for entry in CONTAINERS.values()
        for volume in entry.get("volumes", ())
        if volume.startswith("./")
    ]
    assert mounted
    assert [path for path in mounted if not (ROOT / path).exists()] == []


def test_every_named_volume_and_config_is_declared():
    volumes = {
        volume.partition(":")[0]
        for entry in CONTAINERS.values()
        for volume in entry.get("volumes", ())
        if not volume.startswith("./")
    }
    configs = {config["source"] for entry in CONTAINERS.values() for config in entry.get("configs", ())}
    assert volumes == set(COMPOSE["volumes"])
    assert configs == set(COMPOSE["configs"])


@every_role
def test_every_command_is_one_the_program_knows(role):
    group = typer.main.get_command(app)
    words = list(ROLES[role]["command"])
    while isinstance(group, TyperGroup):
        word = words.pop(0)
        assert word in group.commands, f"fundwarden has no command {word}"
        group = group.commands[word]
    group.make_context(group.name, words, resilient_parsing=False)


@every_role
def test_every_setting_is_one_its_service_knows(role):
    entry = ROLES[role]
    settings = SETTINGS[entry["command"][1]] if entry["command"][0] in {"serve", "work"} else ProcessSettings
    known = {f"FUNDWARDEN_{name}".upper() for name in settings.model_fields}
    given = {name for name in entry["environment"] if name.startswith("FUNDWARDEN_")}
    assert given - known == set()


@pytest.mark.parametrize("role", PROCESSES)
def test_every_role_starts_with_the_generated_secrets(role, monkeypatch):
    entry = ROLES[role]
    secrets = drawn()
    for name, value in entry["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{(\w+):\?[^}]*\}", lambda match: secrets[match[1]], value))
    settings = SETTINGS[entry["command"][1]]()
    assert settings.bus == "kafka"
    assert not settings.development


def test_the_generated_environment_has_exactly_what_the_compose_file_demands():
    assert set(drawn()) == names_in((ROOT / "docker-compose.yml").read_text())


def test_secrets_are_drawn_anew_each_time():
    first, second = drawn(), drawn()
    assert [name for name in first if first[name] == second[name]] == []


def test_every_service_has_an_api_and_a_worker():
    commands = {tuple(entry["command"]) for entry in ROLES.values()}
    assert {(verb, service) for verb in ("serve", "work") for service in SETTINGS} <= commands


def test_only_the_process_for_handlers_holds_the_teams_private_key():
    holders = [name for name, entry in ROLES.items() if "FUNDWARDEN_TIPS_TEAM_PRIVATE_KEY" in entry["environment"]]
    assert holders == ["tips-handling-api"]


def test_every_scrape_target_is_a_role_on_the_port_it_listens_on():
    prometheus = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    scraped = set()
    for job in prometheus["scrape_configs"]:
        assert job["metrics_path"] == f"/{job['job_name']}/metrics"
        for target in job["static_configs"][0]["targets"]:
            container, _, port = target.partition(":")
            role = ROLES[container]
            verb, service = role["command"]
            assert service == job["job_name"]
            assert port == role["environment"][{"serve": "FUNDWARDEN_PORT", "work": "FUNDWARDEN_METRICS_PORT"}[verb]]
            scraped.add(container)
    assert scraped == set(PROCESSES)


@every_role
def test_every_health_check_asks_the_port_its_role_listens_on(role):
    entry = ROLES[role]
    if entry["command"][0] not in {"serve", "work"}:
        assert entry["healthcheck"] == {"disable": True}
        return
    verb, service = entry["command"]
    port = entry["environment"][{"serve": "FUNDWARDEN_PORT", "work": "FUNDWARDEN_METRICS_PORT"}[verb]]
    assert entry["environment"]["HEALTHCHECK_URL"] == f"http://127.0.0.1:{port}/{service}/health/ready"


def test_the_gateway_hands_on_to_every_api():
    text = (ROOT / "deploy/gateway/Caddyfile").read_text()
    upstreams = set(re.findall(r"reverse_proxy \S+ ([\w-]+):8080", text))
    assert upstreams == {name for name, entry in ROLES.items() if entry["command"][0] == "serve"}


def test_containers_name_only_containers():
    for entry in CONTAINERS.values():
        assert set(entry.get("depends_on", ())) <= set(CONTAINERS)
    for path, pattern in (
        ("deploy/otel/collector.yaml", r"endpoint: (?:http://)?(tempo|loki):"),
        ("deploy/grafana/provisioning/datasources/fundwarden.yaml", r"url: http://([\w-]+):"),
    ):
        found = set(re.findall(pattern, (ROOT / path).read_text()))
        assert found
        assert found <= set(CONTAINERS)


def test_ports_are_published_on_this_machine_alone_unless_told_otherwise():
    published = [port for entry in CONTAINERS.values() for port in entry.get("ports", ())]
    assert published
    assert all(port.startswith("${FUNDWARDEN_BIND:-127.0.0.1}:") for port in published)


def test_broker_and_image_have_the_versions_of_the_rest():
    pom = ET.parse(ROOT / "deploy/kafka/pom.xml")
    version = pom.findtext("{*}properties/{*}kafka.version")
    assert CONTAINERS["kafka"]["image"] == f"apache/kafka:{version}"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {entry["image"] for entry in ROLES.values()} == {f"fundwarden:{project['version']}"}


def test_no_secret_stands_in_the_file():
    for entry in CONTAINERS.values():
        for name, value in (entry.get("environment") or {}).items():
            if re.search(r"PASSWORD|SALT|PRIVATE|PSEUDONYM", name):
                assert value.startswith("${"), name
