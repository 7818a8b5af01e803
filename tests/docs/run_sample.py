"""Runs a sample in a fresh copy of its project folder and compares what it prints with expected.txt beside that folder."""
import difflib
import pathlib
import shutil
import subprocess
import sys
import tempfile


def main() -> int:
    program, sample = sys.argv[1], pathlib.Path(sys.argv[2])
    expected = (sample / "expected.txt").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        project = pathlib.Path(folder) / "project"
        shutil.copytree(sample / "project", project)
        run = subprocess.run([program, str(project / "channelbridge.yaml")], capture_output=True, text=True, timeout=60)
    sys.stderr.write(run.stderr)
    differences = list(difflib.unified_diff(expected.splitlines(), run.stdout.splitlines(), "expected.txt", "printed", lineterm=""))
    print("\n".join(differences) or "as expected")
    return run.returncode or bool(differences)


if __name__ == "__main__":
    sys.exit(main())
