#!/bin/sh
# SPDX-License-Identifier: MIT
# prepare.sh - what the session of docs/containers.md finds: images, a container of LXC, and docker
# shellcheck source-path=SCRIPTDIR source=../../scripts/patience.sh
. /vm/patience.sh
tar -C /image -c . | podman import -q - small >/dev/null
tar -C /image -c . | su - alice -c 'podman import -q - small' >/dev/null
# A session by su(1) has no systemd of its own.
su - alice -c 'mkdir -p .config/containers && cat >.config/containers/containers.conf' <<'END'
[containers]
netns = "none"
[engine]
cgroup_manager = "cgroupfs"
END
mkdir -p /var/lib/lxc/one
cat >/var/lib/lxc/one/config <<'END'
lxc.rootfs.path = dir:/image
lxc.mount.auto = proc sys
lxc.mount.entry = /dev/msgq dev/msgq none bind,create=file 0 0
lxc.apparmor.profile = generated
END
# The daemon is none of this service, which ends before the session does.
systemd-run -q dockerd --iptables=false --bridge=none -s vfs
await 60 sh -c 'docker info >/dev/null 2>&1'
tar -C /image -c . | docker import - small >/dev/null
