"""Where the socket of the embedded Valkey is: other programs connect to it."""

from wekadocs_assets.adapters.redis.embedded_valkey import socket_path


def test_a_data_folder_at_any_depth_has_a_socket_path_that_the_system_accepts(tmp_path):
    deep = tmp_path.joinpath(*["a-rather-long-name-of-a-folder"] * 20)
    assert len(str(socket_path(deep))) < 108 and socket_path(deep) != socket_path(tmp_path)


def test_the_socket_is_in_the_runtime_folder_of_the_user_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert socket_path(tmp_path / "valkey").parent.parent == tmp_path
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    assert socket_path(tmp_path / "valkey").parent.parent != tmp_path


def test_asking_for_the_path_makes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    socket_path(tmp_path / "valkey")
    assert list(tmp_path.iterdir()) == []
