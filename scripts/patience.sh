# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# patience.sh - how long scripts and tests wait before they treat something as hung; sourced
#
# A limit is written as the seconds that the work takes at most on a quiet machine, and
# multiplied by MSGQ_SLOWNESS. Guests of scripts/vm find this file as /vm/patience.sh, with
# the caller's MSGQ_SLOWNESS. It has to run in the shell of busybox.

# tests/vm/common/test.c has the same default.
MSGQ_SLOWNESS=${MSGQ_SLOWNESS-10}
case $MSGQ_SLOWNESS in
[1-9] | [1-9][0-9] | [1-9][0-9][0-9] | 1000) ;;
*)
	echo "${0##*/}: MSGQ_SLOWNESS is a number from 1 to 1000, not '$MSGQ_SLOWNESS'" >&2
	exit 2
	;;
esac
export MSGQ_SLOWNESS

# patience SECONDS: print the limit for work that takes at most this long on a quiet machine
patience() {
	echo $(($1 * MSGQ_SLOWNESS))
}

# slower TIMES COMMAND...: run it with limits that are this many times as long
slower() {
	slowness=$(patience "$1")
	shift
	env MSGQ_SLOWNESS=$((slowness < 1000 ? slowness : 1000)) "$@"
}

# await SECONDS COMMAND...: repeat it until it succeeds; fail if that takes longer than patience allows
await() {
	tries=$(($(patience "$1") * 10))
	shift
	while ! "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}
