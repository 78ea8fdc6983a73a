#!/usr/bin/env bash
# Prints what examples/README.md must hold: the first sentence of every example.
set -eu
cd "$(dirname "$0")/.."
cat <<'PAGE'
# Examples

Each program is complete. `data/NAME` holds small inputs for it and the results it must have, computed by NumPy
(`make_data.py`); a test runs them all. For example:

    steelyard run examples/average.sy values=examples/data/average/values.npy trust=examples/data/average/trust.npy

| program | what it shows |
|---|---|
PAGE
for file in examples/*.sy; do
    # the first paragraph of ## lines
    summary=$(awk '/^##/ { sub(/^##[ ]*/, ""); if ($0 == "") exit; line = line (line ? " " : "") $0; next } { exit } END { print line }' "$file")
    name=$(basename "$file")
    echo "| [$name]($name) | ${summary//|/\\|} |"
done
