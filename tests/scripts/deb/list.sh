# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# list.sh - all that a root holds, but for what each use of packages leaves, and the key that
# dkms makes once for a machine: a line for each file, with mode, owner and size
export LC_ALL=C
find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /expected -o -path "/hello*" \
	-o -path /var/log -o -path /var/cache -o -path /var/lib/apt -o -path '/var/lib/dpkg/status*' \
	-o -path '/var/lib/dpkg/lock*' -o -path /var/lib/dpkg/triggers -o -path '/var/lib/dkms/mok.*' \) -prune \
	-o -type f -printf '%y %m %u:%g %s %p\n' -o -printf '%y %m %u:%g - %p %l\n' | sort
