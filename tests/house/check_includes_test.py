"""The include check must notice what it is there for."""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from check_includes import breaches  # noqa: E402

CASES = {
    "sdk/src/mapping/a.cpp": ('#include "channelbridge/hub/hub.hpp"', "room mapping may not include room hub"),
    "sdk/include/channelbridge/core/a.hpp": ("#include <nlohmann/json.hpp>", "only the standard library"),
    "adapters/salesforce/src/a.cpp": ('#include "channelbridge/model/fields.hpp"', "adapter salesforce may not include model"),
    "adapters/file/src/a.cpp": ('#include "channelbridge/salesforce/salesforce.hpp"', "adapter file may not include salesforce"),
    "sdk/src/model/a.cpp": ('#include "../store/b_internal.hpp"', "is private to sdk/src/store"),
    "adapters/odata/src/a.cpp": ('#include "d_internal.hpp"', "is private to adapters/salesforce/src"),
    "sdk/src/hub/a.cpp": ("// as Salesforce does", "sdk names a system"),
}
ALLOWED = {
    "sdk/src/store/b_internal.hpp": "",
    "sdk/src/store/c.cpp": '#include "b_internal.hpp"\n',
    "adapters/salesforce/src/d_internal.hpp": "",
    "sdk/src/hub/b.cpp": '#include "channelbridge/store/store.hpp"\n#include <nlohmann/json.hpp>\n',
    "adapters/sap_c4c/src/b.cpp": '#include "channelbridge/odata/odata.hpp"\n',
}

with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    for name, content in {**{k: v[0] for k, v in CASES.items()}, **ALLOWED}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    found = list(breaches(root))
    for name, (_, message) in CASES.items():
        assert any(line.startswith(name) and message in line for line in found), (name, found)
    assert len(found) == len(CASES), found
print("every breach was noticed")
