"""Put on the path of a process, makes it one of a system without Linux's own modules, such as Windows."""

import os
import signal
import sys

for module in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[module] = None
for owner, name in ((os, "sched_getaffinity"), (signal, "setitimer"), (signal, "SIGPROF")):
    if hasattr(owner, name):
        delattr(owner, name)
