"""Build the packaged code lists of `reference` from the public sources: codes, names, positions.

    python -m tools.reference SOURCES

SOURCES holds `harmonized-system.csv` and `locode/<country>.csv`. What is written is deterministic,
so that a rebuild from the same sources changes nothing.
"""

import csv
import sys
import zipfile
from pathlib import Path

DATA = Path(__file__).parent.parent / "src/tidewaiter/reference/data"
EDITION = "2022"  # the edition of the Harmonized System in harmonized-system.csv
EPOCH = (1980, 1, 1, 0, 0, 0)


def nomenclature(source: Path, target: Path) -> int:
    """Write the six-digit codes of one edition, a line each; how many there are."""
    with source.open(encoding="utf-8", newline="") as file:
        codes = sorted({row["hscode"] for row in csv.DictReader(file) if len(row["hscode"]) == 6})
    target.write_text("\n".join(codes) + "\n", encoding="ascii")
    return len(codes)


def places(source: Path, target: Path) -> int:
    """Write a zip with one text a country: `code TAB functions TAB position TAB name`."""
    count = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(source.glob("[A-Z][A-Z].csv")):
            with file.open(encoding="utf-8", newline="") as lines:
                rows = [row for row in csv.reader(lines) if len(row) > 10 and row[2].strip()]
            kept: dict[str, str] = {}
            for row in rows:
                functions = row[6].strip().rstrip("-")
                line = (row[2].strip(), functions, row[10].strip(), row[3].strip())
                kept.setdefault(line[0], "\t".join(line))
            if kept:
                text = "\n".join(kept[code] for code in sorted(kept)) + "\n"
                archive.writestr(
                    zipfile.ZipInfo(file.stem, EPOCH), text.encode(), zipfile.ZIP_DEFLATED, 9
                )
            count += len(kept)
    return count


def main() -> None:
    """Build both lists and say what they hold."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sources = Path(sys.argv[1])
    DATA.mkdir(exist_ok=True)
    hs = nomenclature(sources / "harmonized-system.csv", DATA / f"hs-{EDITION}.txt")
    locodes = places(sources / "locode", DATA / "places.zip")
    print(f"{hs} HS codes, {locodes} places")


if __name__ == "__main__":
    main()
