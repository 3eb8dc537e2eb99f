#!/bin/sh
# SPDX-License-Identifier: MIT
# system.sh - start systemd in the root that scripts/containers has packed, and run a session there
#
# It is the first process of a namespace of processes; all other namespaces are those of the machine.
set -eu

mkdir /system
mount -t tmpfs -o size=2500m none /system
tar -C /system -xf /system.tar
rm /system.tar
cd /system
mount --rbind /dev dev
mount -t sysfs none sys
mount -t securityfs none sys/kernel/security
mount -t cgroup2 none sys/fs/cgroup
mount -t tmpfs none run
mount -t tmpfs -o mode=1777 none tmp
mkdir vm
cp /vm/patience.sh /vm/slowness vm
cp /guest/containers.sh /guest/prepare.sh root
cp /bin/msgq usr/bin
cp /lib/libmsgq-sysv.so.1 usr/lib
mkdir -p usr/share/msgq
cp /guest/cdi.json usr/share/msgq

# An image with busybox, the tool and the library.
mkdir -p image/bin image/dev image/etc image/lib64 image/proc image/root image/run image/sys image/tmp image/usr/lib
cp /bin/busybox image/bin
chroot image /bin/busybox --install -s /bin
cp usr/bin/msgq image/bin
cp usr/lib/libmsgq-sysv.so.1 usr/lib/x86_64-linux-gnu/libc.so.6 image/usr/lib
cp -L usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 image/lib64
echo 'root:x:0:0::/root:/bin/sh' >image/etc/passwd

# There is no overlay file system and no network.
cat >etc/containers/storage.conf <<'END'
[storage]
driver = "vfs"
runroot = "/run/containers/storage"
graphroot = "/var/lib/containers/storage"
END
cat >etc/containers/containers.conf <<'END'
[containers]
netns = "none"
END
# systemd-nspawn would take an image without systemd for one that is older than these control groups.
mkdir -p etc/systemd/system/multi-user.target.wants
cat >etc/systemd/system/session.service <<'END'
[Unit]
After=basic.target systemd-logind.service
[Service]
Type=oneshot
Environment=HOME=/root SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
WorkingDirectory=/
ExecStart=/bin/sh /root/prepare.sh
ExecStart=/bin/sh /root/containers.sh
StandardOutput=file:/printed
StandardError=inherit
ExecStopPost=/bin/systemctl --no-block exit 0
END
ln -s ../session.service etc/systemd/system/multi-user.target.wants
echo uninitialized >etc/machine-id
: >printed
# A root that chroot(2) alone has set may have no user namespaces.
# shellcheck disable=SC2016 # for the inner shell
env container=vm /bin/namespaces --pid --fork --kill-child --uts --mount --cgroup sh -c '
	mount -o move . / && exec chroot . /bin/sh -c "
		mount -t proc proc /proc
		mount --make-rshared /
		exec /lib/systemd/systemd --unit=multi-user.target"' >/tmp/systemd.log 2>&1 || cat /tmp/systemd.log
cat printed
