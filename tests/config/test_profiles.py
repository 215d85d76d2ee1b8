from decimal import Decimal
from pathlib import Path

import pytest
from tests.config.loadable import SHIPPED, loaded, write

from trader247.config.profiles import PROFILES, values_of
from trader247.config.schema import Profile
from trader247.model.policy import Caps
from trader247.model.policy_strategies import (
    KINDS,
    BreakoutParameters,
    ExternalParameters,
    MeanReversionParameters,
    MomentumParameters,
    RulesParameters,
)


@pytest.mark.req("C3")
def test_the_conservative_profile_risks_a_quarter_in_five_positions_with_stops_of_a_tenth(tmp_path: Path) -> None:
    policy = loaded(write(tmp_path, app="profile: conservative")).configuration.policy
    assert policy.caps == Caps(total_pct=Decimal(25), open_positions=5)
    assert policy.entry.stop_pct_max == 10
    assert policy.entry.min_conviction == 0.40


@pytest.mark.req("C3")
def test_without_a_profile_the_plain_defaults_hold(tmp_path: Path) -> None:
    assert loaded(write(tmp_path)).configuration.policy.caps.total_pct == 15


@pytest.mark.req("C3")
@pytest.mark.parametrize(("profile", "conviction", "base"), [("swing", 0.34, "2.0"), ("day", 0.30, "3.0")])
def test_a_profile_sets_conviction_and_the_sizes_of_rules_strategies(
    tmp_path: Path, profile: str, conviction: float, base: str
) -> None:
    folder = write(tmp_path, app=f"profile: {profile}", strategies="one: {}\ntwo: {enabled: true}\n")
    configuration = loaded(folder).configuration
    assert configuration.policy.entry.min_conviction == conviction
    for strategy in configuration.strategies.values():
        assert isinstance(strategy.parameters, RulesParameters)
        assert str(strategy.parameters.sizing.tier_base_pct.core) == base


@pytest.mark.req("C3")
def test_a_profile_sizes_every_kind_of_strategy_and_leaves_those_from_elsewhere_to_the_policy(tmp_path: Path) -> None:
    sized = ("breakout", "mean_reversion", "momentum")
    text = "\n".join(f"{kind}: {{kind: {kind}}}" for kind in (*sized, "external"))
    strategies = loaded(write(tmp_path, app="profile: day", strategies=text)).configuration.strategies
    for kind in sized:
        parameters = strategies[kind].parameters
        assert isinstance(parameters, BreakoutParameters | MeanReversionParameters | MomentumParameters)
        assert (parameters.sizing.tier_base_pct.core, parameters.sizing.max_position_pct.core) == (
            Decimal(3),
            Decimal(5),
        )
    mirrored = strategies["external"].parameters
    assert isinstance(mirrored, ExternalParameters)
    assert mirrored.max_position_pct == 3


def test_the_order_of_decision_is_default_profile_file_environment_command_line(tmp_path: Path) -> None:
    folder = write(tmp_path)
    environ: dict[str, str] = {}

    def total() -> int:
        return int(loaded(folder, environ).configuration.policy.caps.total_pct)

    assert total() == 15
    (folder / "app.yaml").write_text("profile: swing")
    assert total() == 30
    (folder / "policy.yaml").write_text("caps: {total_pct: 20}")
    assert total() == 20
    environ["TRADER247_POLICY__CAPS__TOTAL_PCT"] = "21"
    assert total() == 21
    assert loaded(folder, environ, "policy.caps.total_pct=22").configuration.policy.caps.total_pct == 22


def test_a_profile_may_be_chosen_by_an_override(tmp_path: Path) -> None:
    folder = write(tmp_path)
    assert loaded(folder, {"TRADER247_APP__PROFILE": "day"}).configuration.policy.caps.total_pct == 40


def test_a_value_that_stands_over_the_profile_is_noted(tmp_path: Path) -> None:
    folder = write(tmp_path, app="profile: day", policy="caps:\n  total_pct: 20\n")
    (note,) = loaded(folder).notes
    assert note.endswith("policy.yaml:2:3: caps.total_pct: stands over the value of profile day")


@pytest.mark.parametrize("profile", Profile)
def test_the_shipped_files_leave_every_profile_its_say(profile: Profile) -> None:
    assert loaded(SHIPPED, None, f"app.profile={profile}").notes == ()


@pytest.mark.parametrize("profile", Profile)
def test_every_value_of_a_profile_is_valid_and_takes_effect(tmp_path: Path, profile: Profile) -> None:
    kinds = {kind: kind for kind in KINDS}
    names = "\n".join(f"{kind}: {{kind: {kind}}}" for kind in kinds)
    plain = loaded(write(tmp_path, strategies=names))
    chosen = loaded(write(tmp_path, strategies=names, app=f"profile: {profile}"))
    told = {path for path, place in chosen.origins.items() if place.source == f"profile {profile}"}
    wanted = {path for path, _ in values_of(profile, kinds)}
    assert wanted <= told
    assert {path[1] for path in wanted if path[0] == "strategies"} == set(KINDS), "a kind that no profile speaks of"
    assert chosen.fingerprint != plain.fingerprint


def test_the_profiles_speak_about_the_same_keys() -> None:
    assert len({frozenset(values) for values in PROFILES.values()}) == 1
