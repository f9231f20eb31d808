"""A data folder written by another engine version: it is set aside, rebuilt without a model, and the log says so."""

import json

import pytest


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize(("engine", "files"), [("ladybug", "graph.lbug"), ("qdrant-edge-py", "vectors")])
def test_stores_of_another_engine_version_are_rebuilt_from_the_artifacts(home, engine, files):
    (home.docs / "a.md").write_text("# Gates\n\nRun `gatectl open --all`.\n\n## More\n\nOf tides.\n")
    assert home.ingest()[0] == 0
    assert home.ingestctl("export", "before").returncode == 0
    data = home.folder / "data"
    kept = json.loads((data / "engines.json").read_text())
    (data / "engines.json").write_text(json.dumps(kept | {engine: "0.0.1"}))
    done = home.process("ingest", str(home.docs), "--json")  # its log goes to stderr, as that of a process
    result = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0 and result["chunks"]["embedded"] == 0 and result["drift_pct"] == 0
    assert f"{engine} 0.0.1" in done.stderr and files in done.stderr
    assert json.loads((data / "engines.json").read_text()) == kept
    assert list(data.glob(f"{files}.made-by-0.0.1-*")), "nothing is lost"
    assert home.ingestctl("export", "after", "--compare", "before").returncode == 0
    code, result = home.ingest()
    assert code == 0 and "was written by" not in result["stderr"]
