"""Sends each line of standard input to a syslog socket as sshd's, waiting where the reader is behind; says how many."""
import os
import socket
import sys

to = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
to.connect(sys.argv[1])
count = 0
for line in sys.stdin.buffer:
    to.send(b"<38>sshd[%d]: %s" % (os.getpid(), line.rstrip(b"\n")))
    count += 1
print(count)
