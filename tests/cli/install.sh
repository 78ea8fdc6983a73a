#!/usr/bin/env bash
# install.sh BUILD: installs into a folder of its own, moves that (the program must find its runtime wherever it stands),
# uses what was installed from outside of the tree, and uninstalls.
set -eu
cd "$(dirname "$0")/../.."
build=$1
root=$(mktemp -d "${TMPDIR:-/tmp}/steelyard-install.XXXXXX")
trap 'rm -rf "$root"' EXIT
# the sanitized library can not be linked by a C compiler that knows nothing of sanitizers
case $build in *sanitize*) build=${build%/sanitize} ;; esac
[ -x "$build/steelyard" ] || { echo "$build/steelyard is not built"; exit 1; }

B=$build DESTDIR=$root/stage PREFIX=/opt/steelyard VERSION=$("$build/steelyard" --version | cut -d' ' -f2) tools/install.sh install >/dev/null
mkdir -p "$root/elsewhere/work"
mv "$root/stage/opt/steelyard" "$root/elsewhere/steelyard"
installed=$root/elsewhere/steelyard
cp examples/average.sy examples/data/average/values.npy examples/data/average/trust.npy \
    examples/data/average/expected_avg.npy "$root/elsewhere/work"
compare=$(realpath "$build")/tests/tools/compare_npy

(
    cd "$root/elsewhere/work"
    unset STEELYARD_HOME
    "$installed/bin/steelyard" run average.sy values=values.npy trust=trust.npy -o results >/dev/null
    [ ! -x "$compare" ] || "$compare" results/avg.npy expected_avg.npy
    "$installed/bin/steelyard" emit average.sy -o .
    cat >use.c <<'C'
#include "average.h"
#include <stdio.h>
int main(void) {
    const float values[] = {1, 2, 4}, trust[] = {1, 1, 2};
    float avg = 0;
    int status = average(3, values, trust, &avg);
    printf("%d %g\n", status, (double)avg);
    return status != 0 || avg != 2.75f;
}
C
    cc -std=c11 -Wall -Wextra -fopenmp use.c average.c -I"$installed/include" -L"$installed/lib" -lsteelyard -lm -o use
    ./use >/dev/null
    grep -q "^prefix=/opt/steelyard" "$installed/lib/pkgconfig/steelyard.pc"
    if command -v pkg-config >/dev/null; then
        PKG_CONFIG_PATH=$installed/lib/pkgconfig pkg-config --define-variable=prefix="$installed" --libs steelyard | grep -q -- -lsteelyard
    fi
)

mkdir -p "$root/stage/opt"
mv "$installed" "$root/stage/opt/steelyard"
B=$build DESTDIR=$root/stage PREFIX=/opt/steelyard VERSION=0 tools/install.sh uninstall
left=$(find "$root/stage" -type f)
[ -z "$left" ] || { echo "FAIL: uninstall left $left"; exit 1; }
