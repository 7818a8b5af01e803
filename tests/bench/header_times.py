"""What each public header costs by itself: processor seconds of one compilation of a file that includes nothing else.

usage: header_times.py <build folder with compile_commands.json>
The goal is about 1.5 s a header; above 3 s the bench fails.
"""
import json
import pathlib
import resource
import shlex
import subprocess
import sys

GOAL, LIMIT = 1.5, 3.0


def seconds(command: list[str], folder: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    entries = json.loads((pathlib.Path(sys.argv[1]) / "compile_commands.json").read_text())
    times = []
    for entry in entries:
        if "house_headers.dir" not in entry.get("output", entry["command"]):
            continue
        command = shlex.split(entry["command"])
        if pathlib.Path(command[0]).name == "ccache":
            command = command[1:]
        command[command.index("-o") + 1] = "/dev/null"
        times.append((seconds(command, entry["directory"]), pathlib.Path(entry["file"]).stem))
    times.sort(reverse=True)
    for spent, header in times[:5]:
        print(f"{spent:6.2f} s  {header}")
    print(f"{len(times)} headers, {sum(spent for spent, _ in times) / len(times):.2f} s on average; "
          f"{sum(spent > GOAL for spent, _ in times)} above {GOAL} s")
    return 1 if times[0][0] > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
