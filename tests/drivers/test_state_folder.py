"""Where a run keeps its state."""

import os
from pathlib import Path

import pytest

from trader247.drivers import state_folder
from trader247.drivers.state_folder import data_folder, replay_folder
from trader247.errors import ConfigurationInvalid


def test_the_folder_is_made_with_its_parents_for_this_user_only(tmp_path: Path) -> None:
    made = data_folder(tmp_path / "a" / "b")
    assert made.is_dir()
    assert made.stat().st_mode & 0o777 == 0o700
    assert data_folder(made) == made


@pytest.mark.req("C1")
def test_a_folder_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "under"):
        with pytest.raises(ConfigurationInvalid, match=f"data_dir {path} cannot be made: .*; choose another"):
            data_folder(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(ConfigurationInvalid, match="cannot be written to by this user"):
        data_folder(tmp_path / "closed")


def test_each_replay_gets_a_folder_of_its_own_numbered_from_one(tmp_path: Path) -> None:
    made = [replay_folder(tmp_path) for _ in range(3)]
    assert [folder.name for folder in made] == ["00001", "00002", "00003"]
    assert all(folder.stat().st_mode & 0o777 == 0o700 for folder in made)
    assert {folder.parent for folder in made} == {tmp_path / "replays"}


def test_a_number_is_never_used_again_while_a_later_one_stands_and_other_names_do_not_matter(tmp_path: Path) -> None:
    for name in ("00002", "00007", "kept-by-hand", "7b"):
        (tmp_path / "replays" / name).mkdir(parents=True)
    assert replay_folder(tmp_path).name == "00008"


def test_when_the_numbers_are_used_up_the_error_says_where_to_make_room(tmp_path: Path) -> None:
    (tmp_path / "replays" / str(state_folder._REPLAYS_MAX - 1)).mkdir(parents=True)
    with pytest.raises(ConfigurationInvalid, match="move some away"):
        replay_folder(tmp_path)
