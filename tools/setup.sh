#!/usr/bin/env bash
# Installs what building and testing need, by apt, and only what is missing. Each need is looked for where it would be
# used (a program on PATH, a header, a library), so that whatever provides it will do. `--list` prints the missing
# packages and installs nothing. `--bits`: what the whole matrix of `make bits` needs beside that; what cannot be installed
# is named, and the matrix goes without.
set -u

missing=()
need() { # package, then the command that tells whether it is there
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}
header() { echo "#include <$1>" | cc -E -x c - ; }
links() { # flags: an empty program can be linked with them
    echo 'int main(void) { return 0; }' | clang -x c - -o /dev/null "$@"
}
cpp() { echo '#include <vector>' | "$1" -E -x c++ - ; }

clang_version() { # of the installed clang, else of the one that apt would install
    local version
    version=$(clang -dumpversion 2>/dev/null | cut -d. -f1)
    [ -n "$version" ] || version=$(apt-cache depends clang 2>/dev/null |
        sed -n 's/.*Depends: clang-\([0-9][0-9]*\).*/\1/p' | head -n 1)
    echo "$version"
}

look_bits() {
    missing=()
    need clang-14 command -v clang-14
    need clang-19 command -v clang-19
    need gcc-12 command -v gcc-12
    [ "$(uname -m)" = aarch64 ] || {
        need qemu-user-static command -v qemu-aarch64-static
        need gcc-aarch64-linux-gnu command -v aarch64-linux-gnu-gcc
        need libc6-dev-arm64-cross test -e /usr/aarch64-linux-gnu/include/stdio.h
    }
}

look() {
    [ -z "$bits" ] || { look_bits; return; }
    missing=()
    need gcc command -v cc
    need gcc command -v gcc
    need libc6-dev header stdio.h
    need g++ cpp g++
    need clang command -v clang
    need clang cpp clang++
    need clang-format command -v clang-format
    need flex command -v flex
    need bison command -v bison
    need graphviz command -v dot
    need python3 command -v python3
    need zlib1g-dev header zlib.h
    need libmpfr-dev header mpfr.h
    need libcriterion-dev header criterion/criterion.h
    need libomp-dev links -fopenmp
    local version
    version=$(clang_version)
    need "libclang-rt-${version:-14}-dev" links -fsanitize=address,undefined
    # clang 13 and older carry their sanitizers in libclang-common
    [ "${version:-14}" -ge 14 ] || missing=("${missing[@]/libclang-rt-*/libclang-common-$version-dev}")
    local unique
    unique=$(printf '%s\n' "${missing[@]}" | sort -u | tr '\n' ' ')
    read -r -a missing <<<"$unique"
}

bits=""
[ "${1-}" = --bits ] && bits=yes && shift
look
[ "${1-}" = --list ] && { echo "${missing[*]-}"; exit 0; }
[ "${#missing[@]}" -eq 0 ] && exit 0

echo "missing: ${missing[*]}"
without() { # reason: the matrix does without, and says so at its end
    [ -n "$bits" ] || return
    echo "$1: make bits goes on without" >&2
    exit 0
}
if ! command -v apt-get >/dev/null; then
    without "there is no apt-get here"
    echo "There is no apt-get here. Install what these Debian packages hold, then try again." >&2
    exit 1
fi
root=()
if [ "$(id -u)" -ne 0 ]; then
    # sudo only where it needs no password: a build must not stop to ask for one
    if sudo -n true 2>/dev/null; then
        root=(sudo)
    else
        echo "To install them: sudo apt-get install ${missing[*]}" >&2
        without "not root"
        exit 1
    fi
fi
export DEBIAN_FRONTEND=noninteractive
if [ -n "$bits" ]; then # a release of Debian has some of them: one by one
    for package in "${missing[@]}"; do
        "${root[@]}" apt-get install -y -q --no-install-recommends "$package" >/dev/null 2>&1
    done
    look
    [ "${#missing[@]}" -eq 0 ] || without "apt-get could not install ${missing[*]} (apt-get update may help)"
    exit 0
fi
"${root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null 2>&1 || {
    # the lists of a fresh machine may be empty or old; and without them clang's version was a guess
    "${root[@]}" apt-get update -q || exit 1
    look
    "${root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" || {
        echo "apt-get could not install: ${missing[*]}" >&2
        exit 1
    }
}
look
if [ "${#missing[@]}" -ne 0 ]; then
    echo "still missing after the installation: ${missing[*]}" >&2
    exit 1
fi
