"""The stamp of a data folder: the versions of the engines that wrote it."""

import json

import pytest

from wekadocs_assets.adapters.data_folder import engine_versions


def test_the_stamp_names_the_installed_engines_and_stays(tmp_path):
    folder = tmp_path / "data"
    assert engine_versions.recorded_versions(folder) is None and engine_versions.changed_engines(folder) == {}
    engine_versions.record_versions_once(folder)
    assert engine_versions.recorded_versions(folder) == engine_versions.installed_versions()
    assert set(engine_versions.installed_versions()) <= set(engine_versions.ENGINES)
    written = (folder / engine_versions.NAME).stat().st_ino
    engine_versions.record_versions_once(folder)
    assert (folder / engine_versions.NAME).stat().st_ino == written
    assert [path.name for path in folder.iterdir()] == [engine_versions.NAME]


def test_another_recorded_version_is_a_change_until_it_is_recorded_again(tmp_path):
    engine, now = next(iter(engine_versions.installed_versions().items()))
    (tmp_path / engine_versions.NAME).write_text(json.dumps(engine_versions.installed_versions() | {engine: "0.0.1"}))
    assert engine_versions.changed_engines(tmp_path) == {engine: ("0.0.1", now)}
    engine_versions.record_versions(tmp_path)
    assert engine_versions.changed_engines(tmp_path) == {}


@pytest.mark.parametrize("damaged", ["", "{", "[1]", "7", '"text"', "\udcff"], ids=repr)
def test_a_damaged_stamp_is_of_no_installed_version(tmp_path, damaged):
    (tmp_path / engine_versions.NAME).write_bytes(damaged.encode("utf-8", "surrogateescape"))
    assert engine_versions.changed_engines(tmp_path).keys() == engine_versions.installed_versions().keys()
