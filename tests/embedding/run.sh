#!/usr/bin/env bash
# The guides docs/embedding.md and docs/training.md, as a reader would follow them: their files are written (a program as NAME.sy, by its
# `model NAME`), their commands run in their order, and what they print is compared with the ```output block below them. A block
# says its file's name after its language; of ```sh blocks that say `numpy` or `torch`, those are run where Python has the module.
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$root/$BUILD ;; esac
STEELYARD=${STEELYARD:-$BUILD/steelyard}
out=$BUILD/tests/embedding
rm -rf "$out"
mkdir -p "$out/bin"
ln -s "$STEELYARD" "$out/bin/steelyard"
export PATH="$out/bin:$PATH" CPATH="$root/runtime" LIBRARY_PATH="$BUILD" STEELYARD_HOME="$root/runtime"
passed=0
failed=0
skipped=0

# Blocks of a page as files 001.sh, 002.output, ... in PAGE/; those that have a name, under that name.
for page in embedding training; do
    mkdir -p "$out/$page"
    awk -v out="$out/$page" '
        /^```[a-z]/ && !inside {
            inside = 1
            kind = substr($1, 4)
            if (kind == "sh" || kind == "output") file = sprintf("%s/%03d.%s%s", out, ++count, kind, NF > 1 ? "." $2 : "")
            else if (NF > 1) file = out "/" $2
            next
        }
        /^```$/ { if (file) close(file); inside = 0; file = text = ""; next }
        !inside { next }
        file { print > file; next }
        kind == "sy" { text = text $0 "\n" }
        kind == "sy" && $1 == "model" { file = out "/" $2 ".sy"; printf "%s", text > file }' "docs/$page.md"
done

# The style that the guide shows is the one that the goldens are checked with.
style=$(awk '/^```yaml/ { on = 1; next } /^```$/ { on = 0 } on' docs/embedding.md)
if diff <(grep -v '^#' tests/golden/.clang-format) <(echo "$style"); then
    passed=$((passed + 1))
else
    echo "FAIL: the layout that docs/embedding.md shows is not tests/golden/.clang-format"
    failed=$((failed + 1))
fi

for folder in "$out/embedding" "$out/training"; do
    cd "$folder" || exit 1
    for block in [0-9]*.sh*; do
        module=${block##*.sh}
        if [ -n "$module" ] && ! python3 -c "import ${module#.}" 2>/dev/null; then
            skipped=$((skipped + 1))
            continue
        fi
        number=$((10#${block%%.*}))
        expected=$(printf '%03d.output' $((number + 1)))
        if ! printed=$(bash -e "$block" 2>said); then
            echo "FAIL: $(head -n 1 "$block")"
            head -n 20 said
            failed=$((failed + 1))
        elif [ -e "$expected" ] && [ "$printed" != "$(cat "$expected")" ]; then
            echo "FAIL: $(tail -n 1 "$block") prints"
            echo "$printed"
            failed=$((failed + 1))
        else
            passed=$((passed + 1))
        fi
    done
done
[ "$skipped" = 0 ] || echo "$skipped blocks need a Python module that is not here"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
