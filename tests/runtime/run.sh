#!/usr/bin/env bash
# The runtime as users compile it: bits over compilers and vector widths, warnings, each header alone.
exec "$(dirname "$0")/../unit/math_bits.sh"
