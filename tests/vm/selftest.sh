#!/bin/sh
# SPDX-License-Identifier: MIT
# selftest.sh - what a kernel's selftests start of the programs beside it
cd "$(dirname "$0")" || exit 1
exec env MSGQ_LIBRARY="$PWD/libmsgq-sysv.so" ./run --variant device --bits 64 "$@"
