"""`python -m local bench`: measure in an environment of its own, where the peers live as well."""

from local.environment import ROOT, Environment, run

PEERS = Environment(
    ROOT / ".venv-bench", (ROOT / "requirements.txt", ROOT / "benchmarks" / "requirements.txt")
)


def main(argv: list[str]) -> int:
    """Run the benchmarks with `argv`; give their exit status: 1 where a goal is missed."""
    PEERS.prepare()
    return run([PEERS.python, "-m", "benchmarks", *argv], cwd=ROOT)
