"""The project as others use it: installed and found by find_package, or added as a folder of theirs.

usage: package_test.py installed|subdirectory <source> <build> <scratch> [cmake argument …]
"""
import os
import pathlib
import shutil
import subprocess
import sys


def run(*command: str | pathlib.Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run([str(part) for part in command], env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


def build(source: pathlib.Path, folder: pathlib.Path, target: str, *arguments: str) -> pathlib.Path:
    run("cmake", "-S", source, "-B", folder, "-G", "Ninja", *arguments)
    run("cmake", "--build", folder, "--target", target)
    return folder / target


def installed(source: pathlib.Path, built: pathlib.Path, scratch: pathlib.Path, arguments: list[str]) -> None:
    prefix = scratch / "prefix"
    run("cmake", "--install", built, "--prefix", prefix)
    for sample in ("write_an_adapter", "embed"):
        program = build(source / "samples" / sample, scratch / sample, f"channelbridge_{sample}", f"-DCMAKE_PREFIX_PATH={prefix}", *arguments)
        print(run(sys.executable, source / "tests" / "docs" / "run_sample.py", program, source / "samples" / sample), end="")
    data = prefix / "share" / "channelbridge"
    for file in ("mappings/salesforce/lead.yaml", "mappings/schema/mapping.schema.json", "metadata/salesforce/describe_Lead.json",
                 "metadata/sap_s4hana/odata-v2/API_BUSINESS_PARTNER.edmx", "metadata/sap_c4c/c4c/derived.edmx"):
        if not (data / file).is_file():
            sys.exit(f"{file} is not installed")
    if not os.access(prefix / "bin" / "channelbridge-jq", os.X_OK):
        sys.exit("channelbridge-jq, which computes jq fields, is not installed")
    program = prefix / "bin" / "channelbridge"
    if program.is_file():
        print(run(program, "--version"), end="")
        reads_its_own_data(program, data, scratch)
    print("found by find_package")


def reads_its_own_data(program: pathlib.Path, data: pathlib.Path, scratch: pathlib.Path) -> None:
    """The installed program takes mappings and metadata from beside itself, not from the tree that it was built in."""
    project = scratch / "project"
    project.mkdir()
    (project / "channelbridge.yaml").write_text("""store: sqlite:channelbridge.db
systems:
  crm: { adapter: salesforce, url: "https://crm.example", credential: { kind: client_credentials, client_id: a, client_secret: b } }
spokes:
  crm-leads: { system: crm, mapping: salesforce/lead.yaml, direction: both }
""")
    check = [str(program), "-p", str(project / "channelbridge.yaml"), "mapping", "check"]
    print(run(*check), end="")
    mapping = data / "mappings" / "salesforce" / "lead.yaml"
    mapping.write_text(mapping.read_text().replace("LastName", "LestName", 1))
    broken = subprocess.run(check, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if broken.returncode == 0 or "LestName" not in broken.stdout:
        sys.exit(f"a mistake in the installed mapping is not seen: the program reads another one\n{broken.stdout}")


def subdirectory(source: pathlib.Path, _: pathlib.Path, scratch: pathlib.Path, arguments: list[str]) -> None:
    program = build(source / "tests" / "package" / "subdirectory", scratch / "subdirectory", "consumer",
                    f"-DCHANNELBRIDGE_FOLDER={source}", *arguments)
    print(run(program), end="")


if __name__ == "__main__":
    how, *folders = sys.argv[1:5]
    root, build_folder, scratch_folder = map(pathlib.Path, folders)
    os.environ.setdefault("CCACHE_NOHASHDIR", "1")
    shutil.rmtree(scratch_folder, ignore_errors=True)
    {"installed": installed, "subdirectory": subdirectory}[how](root, build_folder, scratch_folder, sys.argv[5:])
