# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# enter.sh - in a guest: makes /debian the root, for a command, as if it had been booted
set -e
if [ -z "$ENTERED" ]; then
	# The first process in the namespace has that root, too.
	exec env ENTERED=1 unshare -m -p -f sh "$0" "$@"
fi
mount --bind /debian /debian
cd /debian
mkdir -p proc sys dev run tmp
mount -t proc none proc
mount -t sysfs none sys
mount --bind /dev dev
# The same link as by udev; the shell of dkms needs it.
ln -sfn /proc/self/fd dev/fd
mount -t tmpfs none run
mount -t tmpfs none tmp
mount --move . /
exec chroot . env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"
