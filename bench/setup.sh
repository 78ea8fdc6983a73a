#!/usr/bin/env bash
# Makes build/bench/venv with the peers from PyPI, and installs OpenBLAS by apt; only what is missing. What cannot be had
# is told, and the benchmark then runs with the peers that are there. PyPI's PyTorch for x86-64 brings CUDA's libraries along, some
# gigabytes that are never loaded; PyPI has no other.
set -u
cd "$(dirname "$0")/.." || exit 1
venv=build/bench/venv
mkdir -p build/bench/results

if [ ! -x $venv/bin/python ]; then
    python3 -m venv $venv || {
        echo "bench: python3 -m venv does not work here: install python3-venv" >&2
        exit 1
    }
fi
has() { $venv/bin/python -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$1') is None)"; }
fetch() { # module, package
    has "$1" && return
    echo "bench: installing $2 (this can take minutes)"
    $venv/bin/pip install --quiet --disable-pip-version-check "$2" >build/bench/pip-"$1".log 2>&1 ||
        echo "bench: $2 could not be installed (build/bench/pip-$1.log says why): its columns stay empty" >&2
}
fetch numpy numpy
has numpy || {
    echo "bench: without NumPy there is no benchmark: is the network there?" >&2
    exit 1
}
[ "${1-}" = --self ] && exit 0
fetch torch torch
fetch jax 'jax[cpu]'
fetch scipy scipy
fetch tinygrad tinygrad

blas() { # its header alone may be another library's
    printf '#include <cblas.h>\nint main(void) { return !cblas_sgemm; }\n' | cc -x c - -o /dev/null -lopenblas >/dev/null 2>&1
}
if ! blas; then
    root=()
    [ "$(id -u)" -eq 0 ] || root=(sudo -n)
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends libopenblas-dev \
        >build/bench/apt.log 2>&1 ||
        echo "bench: OpenBLAS could not be installed (apt-get install libopenblas-dev): its column stays empty" >&2
fi
exit 0
