# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# common.sh - cases for tests of scripts; sourced by them

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top" || exit 1
# shellcheck source-path=SCRIPTDIR source=../../scripts/patience.sh
. scripts/patience.sh
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case ${1:-} in
--help)
	sed -n '/^# [a-z0-9_]* - /s/^# //p' "$0"
	exit 0
	;;
esac

# expect NAME EXPECTED-STATUS COMMAND...: run it; its outputs go to $work/out and err.
# Check their contents by said.
expect() {
	local expected=$2 status=0

	name=$1
	shift 2
	"$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	if [ "$status" = "$expected" ]; then
		passed=$((passed + 1))
		printf 'ok %s\n' "$name"
	else
		failed=$((failed + 1))
		printf 'not ok %s: status %s, expected %s\n' "$name" "$status" "$expected"
		sed 's/^/    /' "$work/out" "$work/err"
	fi
}

# said out|err PATTERN...: this output has these lines, in this order.
said() {
	local stream=$1 pattern line

	shift
	exec 3<"$work/$stream"
	for pattern; do
		while :; do
			if ! IFS= read -r line <&3; then
				failed=$((failed + 1))
				printf 'not ok %s: no line (any more) with: %s\n' "$name" "$pattern"
				sed 's/^/    /' "$work/$stream"
				exec 3<&-
				return
			fi
			[[ $line =~ $pattern ]] && break
		done
	done
	exec 3<&-
	passed=$((passed + 1))
}

# The classic programs have printed their output, in this order.
said_by_classics() {
	said out '^priority: 1 name: objname3$' '^priority: 3 name: objname1$' \
		'^priority: 4 name: objname2$' '^priority: 9 name: objname4$' \
		'^key 69, msqid [0-9]+$' '^0 message\(s\) on queue$' '^process [0-9]+ sent last' \
		'^process [0-9]+ received last' '^hello$' '^key .* messages$' '^0x00000045 .* 660 ' \
		'^0x41[0-9a-f]+ .* 600 '
}

count() {
	printf '%d passed, %d failed, 0 skipped\n' "$passed" "$failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
