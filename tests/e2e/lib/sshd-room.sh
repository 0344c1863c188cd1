#!/usr/bin/env bash
# One sshd in a room of its own: run inside `unshare --mount --propagation private`, as root. The accounts in
# FOLDER/etc stand in for the machine's, and /dev/log, /run and /var/log are the room's. Each message that reaches
# /dev/log is printed, a line each, until SIGTERM. In the environment: ROOM_OPENSSH, a folder whose usr/ has another
# OpenSSH; ROOM_LISTEN, "[ADDRESS]:PORT" to listen on with an sshd -i for each connection.  usage: sshd-room.sh FOLDER
set -euo pipefail
room=$1
for file in passwd shadow group; do mount --bind "$room/etc/$file" "/etc/$file"; done
if [[ -n ${ROOM_OPENSSH-} ]]; then
  mount --bind "$ROOM_OPENSSH/usr/sbin/sshd" /usr/sbin/sshd
  mount --bind "$ROOM_OPENSSH/usr/lib/openssh" /usr/lib/openssh
fi
if [[ -e $room/etc/pam-sshd ]]; then mount --bind "$room/etc/pam-sshd" /etc/pam.d/sshd; fi
mkdir "$room/dev"
mount --rbind /dev "$room/dev"
mount -t tmpfs tmpfs /dev
for node in null zero full random urandom tty; do
  touch "/dev/$node"
  mount --bind "$room/dev/$node" "/dev/$node"
done
mkdir /dev/pts /dev/shm
mount --bind "$room/dev/pts" /dev/pts
ln -s pts/ptmx /dev/ptmx
ln -s /proc/self/fd /dev/fd
mount -t tmpfs tmpfs /run
mkdir /run/sshd
mount -t tmpfs tmpfs /var/log
touch /var/log/wtmp /var/log/lastlog /run/utmp
install -m 600 /dev/null /var/log/btmp

exec perl -MIO::Socket::UNIX -MIO::Socket::IP -MPOSIX -e '
  sub serve_each {
    my ($address, $port) = $ENV{ROOM_LISTEN} =~ /^\[(.*)\]:(\d+)$/ or die "ROOM_LISTEN";
    my $listener = IO::Socket::IP->new(LocalHost => $address, LocalPort => $port, Listen => 64, ReuseAddr => 1, V6Only => 0)
      or die "[$address]:$port: $@";
    $SIG{CHLD} = "IGNORE";
    while (1) {
      my $client = $listener->accept or next;
      if (fork == 0) {
        $SIG{CHLD} = "DEFAULT";
        POSIX::dup2(fileno $client, $_) for 0, 1;
        exec "/usr/sbin/sshd", "-i", "-f", $ARGV[0] or die "sshd: $!";
      }
    }
  }
  my $log = IO::Socket::UNIX->new(Local => "/dev/log", Type => SOCK_DGRAM) or die "/dev/log: $!";
  chmod 0666, "/dev/log";
  my $sshd = fork // die "fork: $!";
  if ($sshd == 0) {
    serve_each() if $ENV{ROOM_LISTEN};
    exec "/usr/sbin/sshd", "-D", "-f", $ARGV[0] or die "sshd: $!";
  }
  $SIG{TERM} = sub { kill "TERM", $sshd; exit 0 };
  $SIG{CHLD} = sub { exit 1 };  # an sshd that ends by itself has failed
  $| = 1;
  while (1) {
    next unless defined $log->recv(my $message, 65536);
    $message =~ s/[\n\0]+$//;
    $message =~ s/\n/ /g;
    print "$message\n";
  }' "$room/sshd_config"
