"""``config``: the schema that editors read, and the values that are in effect."""

import json

import pytest
from click.testing import CliRunner

from trader247.cli.main import main


@pytest.mark.req("C1")
@pytest.mark.parametrize("section", ["app", "policy", "universe", "signals", "strategies"])
def test_every_file_has_a_json_schema(section: str) -> None:
    done = CliRunner().invoke(main, ["config", "schema", section])
    assert done.exit_code == 0
    assert json.loads(done.output)["$schema"].startswith("https://json-schema.org")


def test_the_effective_values_carry_their_fingerprint_and_every_override() -> None:
    done = CliRunner().invoke(main, ["config", "show", "--set", "policy.cooldown_minutes=9"])
    shown = json.loads(done.output)
    assert len(shown["fingerprint"]) == 16
    assert float(shown["configuration"]["policy"]["cooldown_minutes"]) == 9
