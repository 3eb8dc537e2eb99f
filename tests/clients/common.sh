# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# common.sh - cases for clients that are tested from outside; sourced by them
#
# Busybox's shell has to do.

passed=0
failed=0
# shellcheck source-path=SCRIPTDIR source=../../scripts/patience.sh
. /vm/patience.sh
limit=$(patience 12)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Programs read /proc/sysvipc/msg, if it exists, and the limits in /proc/sys/kernel,
# whatever they are linked with. For a client that calls this, the device's files
# replace them in a mount namespace.
bind_files() {
	if [ "${MSGQ_VARIANT:-}" != device ] || [ ! -e /proc/sysvipc/msg ]; then
		return
	fi
	[ -n "${MSGQ_BOUND:-}" ] || exec env MSGQ_BOUND=1 unshare -m "$0"
	mount -o bind /proc/msgq /proc/sysvipc/msg
	for file in msgmni msgmax msgmnb; do
		mount -o bind "/proc/sys/msgq/$file" "/proc/sys/kernel/$file"
	done
}

# over COMMAND...: run it over the device, if the device is tested.
over() {
	if [ "${MSGQ_VARIANT:-}" = device ]; then
		set -- msgq run -- "$@"
	fi
	timeout -s KILL "$limit" "$@"
}

ok() {
	passed=$((passed + 1))
	echo "ok $name"
}

not_ok() {
	failed=$((failed + 1))
	echo "not ok $name: $*"
	sed 's/^/    /' "$work/out"
}

# expect NAME STATUS COMMAND...: a case; the output of the command is in $work/out.
expect() {
	name=$1
	expected=$2
	shift 2
	status=0
	over "$@" >"$work/out" 2>&1 </dev/null || status=$?
	if [ "$status" = "$expected" ]; then
		ok
	else
		not_ok "status $status, expected $expected"
	fi
}

# says PATTERN [COUNT]: COUNT lines of the output match (default: 1).
says() {
	count=$(grep -cE -- "$1" "$work/out" || true)
	if [ "$count" = "${2:-1}" ]; then
		passed=$((passed + 1))
	else
		not_ok "$count lines with $1, expected ${2:-1}"
	fi
}

finish() {
	echo "$passed passed, $failed failed, 0 skipped"
	[ "$failed" = 0 ]
}
