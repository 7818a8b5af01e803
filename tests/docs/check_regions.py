"""Every marked region of the documents equals the same region of the code.

In a document:   <!-- region: name (path/of/the/file) -->  a fenced block  <!-- end region -->
In the code:     a comment `region: name` … a comment `end region`
"""
import pathlib
import re
import sys
import textwrap

SHOWN = re.compile(r"<!-- region: (\S+) \(([^)]+)\) -->\n```\w*\n(.*?)```\n<!-- end region -->", re.S)
MARK = re.compile(r"<!-- region:")


def region_of(text: str, name: str) -> str | None:
    found = re.search(rf"^[^\S\n]*(?://|#) region: {re.escape(name)}\n(.*?)^[^\S\n]*(?://|#) end region$", text, re.S | re.M)
    return textwrap.dedent(found.group(1)) if found else None


def differences(root: pathlib.Path) -> tuple[int, list[str]]:
    count, wrong = 0, []
    for document in [root / "README.md", *sorted((root / "docs").rglob("*.md"))]:
        text = document.read_text(encoding="utf-8")
        place = document.relative_to(root)
        shown = SHOWN.findall(text)
        if len(shown) != len(MARK.findall(text)):
            wrong.append(f"{place}: a region is not closed, or has no fenced block")
        for name, source, block in shown:
            count += 1
            file = root / source
            code = region_of(file.read_text(encoding="utf-8"), name) if file.is_file() else None
            if code is None:
                wrong.append(f"{place}: {source} has no region '{name}'")
            elif textwrap.dedent(block).strip() != code.strip():
                wrong.append(f"{place}: region '{name}' differs from {source}")
    return count, wrong


def broken_links(root: pathlib.Path) -> list[str]:
    wrong = []
    for document in [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md"))]:
        text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.S)
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
            if not (document.parent / target).exists():
                wrong.append(f"{document.relative_to(root)}: there is no {target}")
    return wrong


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    regions, problems = differences(folder)
    problems += broken_links(folder)
    print("\n".join(problems) or f"{regions} regions agree, all links lead somewhere")
    sys.exit(bool(problems) or regions == 0)
