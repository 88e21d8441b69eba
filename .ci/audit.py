"""Asks pip-audit about the lowest versions that pyproject.toml admits.

    python .ci/audit.py LOWEST.txt DECISION.md

An advisory that the decision names, by any of its names, is known. Exits with 1 for any other, and says so where the
database can't be reached: then nothing was audited, which is no finding.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def main(lowest: str, decision: str) -> int:
    command = [sys.executable, "-m", "pip_audit", "-r", lowest, "--no-deps", "--disable-pip", "-f", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  a command of ours
    try:
        audited = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(f"Not audited: {done.stderr.strip().splitlines()[-1:]}")
        return 0
    skipped = [each["name"] for each in audited if "skip_reason" in each]
    if skipped:
        print(f"Not audited, the database has nothing about them or can't be reached: {', '.join(skipped)}")
    known, found = Path(decision).read_text(encoding="utf-8"), 0
    for each in audited:
        for advisory in each.get("vulns", ()):
            names = [advisory["id"], *advisory.get("aliases", ())]
            if not any(name in known for name in names):
                found += 1
                print(f"{each['name']} {each['version']}: {', '.join(names)}, fixed in {advisory['fix_versions']}")
    print(f"{len(audited) - len(skipped)} of {len(audited)} packages audited, {found} new advisories")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
