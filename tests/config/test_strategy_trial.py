from pathlib import Path

import pytest

from trader247.config.strategy_trial import proposals_of
from trader247.config.third_party import StrategyUnusable
from trader247.runtime.sealing import SealBroken
from trader247.strategies.samples import sample_context, sample_view

pytestmark = pytest.mark.req("STR5", "STR1")

SOURCE = """
class Mine:
    def __init__(self, name, parameters, entry):
        self.name, self.parameters = name, parameters

    def generate_proposals(self, context):
        return {answer}
"""


def tried(tmp_path: Path, answer: str, **parameters: object) -> object:
    file = tmp_path / "mine.py"
    file.write_text(SOURCE.format(answer=answer))
    return proposals_of(file, "Mine", sample_context(sample_view()), **parameters)


def test_a_strategy_is_tried_with_the_parameters_given(tmp_path: Path) -> None:
    assert tried(tmp_path, "[self.parameters]", bars=3) == [{"bars": 3}]


@pytest.mark.fault("ST-09")
def test_one_that_answers_the_same_snapshot_differently_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(StrategyUnusable, match="Mine answers the same snapshot with"):
        tried(tmp_path, "[object()]")


@pytest.mark.fault("ST-03", "ST-08")
def test_one_that_reaches_out_by_a_way_its_reader_did_not_see_is_stopped(tmp_path: Path) -> None:
    made_by = 'getattr(getattr(type(context), "__in" + "it__"), "__glob" + "als__")'
    with pytest.raises(SealBroken, match="open '/etc/hostname'"):
        tried(tmp_path, f'[{made_by}["__builtins__"]["open"]("/etc/hostname")]')
