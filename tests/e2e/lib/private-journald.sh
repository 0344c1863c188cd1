#!/usr/bin/env bash
# systemd's own journald, for a test, in a mount namespace of its own: it hears FOLDER/run/dev-log and writes its journal
# below FOLDER/log. Rotates on SIGUSR2, ends on SIGTERM.  usage: private-journald.sh FOLDER   (as root, by unshare --mount)
set -euo pipefail
folder=$(realpath "$1")
mkdir -p "$folder/run" "$folder/log"
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal /run/log/journal /run/systemd/journald.conf.d
mount --bind "$folder/run" /run/systemd/journal
mount --bind "$folder/log" /run/log/journal
printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\nRateLimitBurst=0\nRuntimeMaxUse=400M\nRuntimeMaxFileSize=8M\nReadKMsg=no\nAudit=no\n' \
  >/run/systemd/journald.conf.d/test.conf
exec /lib/systemd/systemd-journald
