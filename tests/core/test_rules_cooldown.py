from trader247.model.policy import Pacing


def test_the_pacing_of_the_silent_policy_is_that_of_the_decision_rules() -> None:
    assert Pacing() == Pacing(120, 5, 3, 90.0, 900.0)
