"""Who may include whom. Exits 1 and names file and line for each breach."""
import pathlib
import re
import sys

ROOMS = {  # room -> rooms that it may include, itself apart
    "core": [],
    "model": ["core"],
    "document": ["core"],
    "http": ["core"],
    "mapping": ["core", "model", "document"],
    "adapter": ["core", "document", "http"],
    "store": ["core"],
    "hub": ["core", "model", "document", "mapping", "adapter", "store"],
    "testing": ["core", "model", "document", "http", "adapter"],
}
ADAPTER_ROOMS = ["core", "document", "http", "adapter"]
DRIVERS = ["odata", "soap", "rest"]
SYSTEMS = ["salesforce", "sap_", "s4hana", "c4c", "tryton"]
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
STANDARD = re.compile(r"^[a-z_]+$")


def room_of(path):
    parts = path.parts
    if parts[0] == "sdk":
        if parts[1] == "include":
            return parts[3]
        return parts[2]
    return None


def own_file(root, path, target):
    """The file of ours that a quoted include means, or None."""
    for folder in (path.parent, root / "sdk" / "src", *(root / "sdk" / "src").glob("*/"), *(root / "adapters").glob("*/src/")):
        found = folder / target
        if found.is_file():
            return found.resolve().relative_to(root.resolve())
    return None


def home_of(path):
    """sdk room or adapter that a file belongs to."""
    return room_of(path) if path.parts[0] == "sdk" else path.parts[1]


def breaches(root):
    for path in sorted(root.rglob("*.?pp")):
        relative = path.relative_to(root)
        top = relative.parts[0]
        if top not in ("sdk", "adapters"):
            continue
        public = "include" in relative.parts
        text = path.read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            if top == "sdk" and "tests" not in relative.parts:
                for system in SYSTEMS:
                    if system in line.lower():
                        yield f"{relative}:{number}: sdk names a system: '{system}'"
            match = INCLUDE.match(line)
            if not match:
                continue
            bracket, target = match.groups()
            if not target.startswith("channelbridge/"):
                if public and (bracket == '"' or not STANDARD.match(target)):
                    yield f"{relative}:{number}: a public header includes {target}; only the standard library and channelbridge headers"
                elif bracket == '"':
                    meant = own_file(root, path, target)
                    if meant is not None and (meant.parts[0] not in ("sdk", "adapters") or home_of(meant) != home_of(relative)):
                        yield f"{relative}:{number}: {target} is private to {meant.parent}"
                continue
            other = target.split("/")[1]
            if top == "sdk":
                room = room_of(relative)
                if other != room and other not in ROOMS.get(room, []):
                    yield f"{relative}:{number}: room {room} may not include room {other}"
            else:
                own = relative.parts[1]
                if other != own and other not in ADAPTER_ROOMS and other not in DRIVERS:
                    yield f"{relative}:{number}: adapter {own} may not include {other}"


def main():
    root = pathlib.Path(sys.argv[1])
    found = list(breaches(root))
    for line in found:
        print(line)
    print(f"{len(found)} breaches of the include rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
