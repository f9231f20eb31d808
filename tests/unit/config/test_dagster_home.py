"""Where dagster.yaml is looked for."""

from wekadocs_assets.config.dagster_home import dagster_home


def test_dagster_home_is_the_folder_of_dagster_yaml(monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    assert (dagster_home() / "dagster.yaml").is_file()


def test_an_environment_variable_without_a_dagster_yaml_does_not_hide_the_file(monkeypatch, tmp_path):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    assert (dagster_home() / "dagster.yaml").is_file()
