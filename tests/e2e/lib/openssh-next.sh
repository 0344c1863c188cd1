#!/usr/bin/env bash
# The second OpenSSH that the kernel's witness is tested with: openssh-server 10.0p1 of bookworm-backports, which has
# sshd-session and sshd-auth. Its packages are fetched by apt into FOLDER and unpacked there, not installed; a second
# run finds them.  usage: openssh-next.sh FOLDER
set -euo pipefail
folder=$(realpath -m "$1")
[[ ! -e $folder/done ]] || exit 0
rm -rf "$folder"
mkdir -p "$folder"/{apt/lists/partial,apt/cache/archives/partial,debs}
# From wherever this machine has bookworm itself.
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' | awk '$2 == "bookworm" { print $1; exit }')
[[ -n $mirror ]] || { echo "openssh-next.sh: apt knows no source of bookworm on this machine" >&2; exit 1; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm-backports main" \
  >"$folder/apt/sources.list"
apt=(-o Dir::Etc::sourcelist="$folder/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o Dir::State::lists="$folder/apt/lists" -o Dir::Cache="$folder/apt/cache" -o APT::Sandbox::User=root
  -o Acquire::Retries=3)
apt-get --quiet "${apt[@]}" update
(cd "$folder/debs" && apt-get --quiet "${apt[@]}" download openssh-server/bookworm-backports openssh-sftp-server/bookworm-backports)
for deb in "$folder"/debs/*.deb; do dpkg-deb --extract "$deb" "$folder"; done
rm -rf "$folder/apt" "$folder/debs"
touch "$folder/done"
