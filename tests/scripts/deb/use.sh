# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# use.sh - in a guest, with the packages in its root: from the start of the machine to the purge;
# "keep" has a queue exist then. Its second argument is how long anything may take
set -u

step() {
	echo "step: $*"
	"$@" 2>&1
	echo "status $?"
}

limit=$2
# Apply udev's present rules, and print the result.
apply_rules() {
	udevadm control --reload
	timeout "$limit" udevadm trigger --settle --action=add --subsystem-match=misc --sysname-match=msgq
	stat -c '%A %U:%G' /dev/msgq
}

as_nobody() {
	step su nobody -s /bin/sh -c "$1"
}

mapfile -t packages < <(dpkg-query -W -f '${source:Package} ${Package}\n' | sed -n 's/^msgq //p')

step /lib/systemd/systemd-modules-load
step modinfo -F filename msgq
step modinfo -F signer msgq
step cat /sys/module/msgq/version
step stat -c '%A %U:%G' /dev/msgq

/lib/systemd/systemd-udevd --daemon
narrow='s/GROUP="root", MODE="0666"/GROUP="daemon", MODE="0660"/'
sed "$narrow" /usr/lib/udev/rules.d/60-msgq.rules >/etc/udev/rules.d/60-msgq.rules
step apply_rules
as_nobody 'msgq ls'
rm /etc/udev/rules.d/60-msgq.rules
step apply_rules
udevadm control --exit

as_nobody 'msgq version'
as_nobody '/hello'
as_nobody 'msgq run -- ipcmk -Q'
as_nobody 'msgq ls'
step modprobe -r msgq
[ "$1" = keep ] || step msgq rm --all

step dpkg --purge "${packages[@]}"
step test -e /sys/module/msgq
sh /list.sh >/tmp/after
echo 'left behind or missing:'
diff /expected /tmp/after && echo nothing
