"""Runs a command with stdin and stderr on a pseudo-terminal and stdout on a pipe, and plays a dialogue with it.

argv: JSON list of [text to wait for, keys to send, a signal's number, null to hang up or true for a stop and a `fg`], then the command.
Prints JSON: what the screen showed, stdout, exit code, and whether the terminal's modes are as before.
"""
import json, os, pty, select, signal, subprocess, sys, termios, time

dialogue, command = json.loads(sys.argv[1]), sys.argv[2:]
master, slave = pty.openpty()
before = termios.tcgetattr(slave)
child = subprocess.Popen(command, stdin=slave, stderr=slave, stdout=subprocess.PIPE, start_new_session=True)
screen, seen, deadline = b"", 0, time.monotonic() + 300


def watch():
    global screen
    ready, _, _ = select.select([master], [], [], 0.02)
    if ready:
        screen += os.read(master, 65536)


def unread():
    """Whether there is something that the program has not read yet: of a terminal without lines. What was typed may still be on its
    way to the terminal, where FIONREAD does not count it; a poll has it delivered first."""
    return bool(select.select([slave], [], [], 0)[0])


for text, keys in dialogue:
    while text.encode() not in screen[seen:] and time.monotonic() < deadline and child.poll() is None:
        watch()
    seen = len(screen)
    if keys is None:
        os.close(slave)
        os.close(master)
        slave = master = None
        break
    if keys is True:
        while unread() and time.monotonic() < deadline and child.poll() is None:
            watch()
        # As a shell does: the program stops, the terminal is the shell's, the program goes on.
        child.send_signal(signal.SIGSTOP)
        os.waitpid(child.pid, os.WUNTRACED)
        termios.tcsetattr(slave, termios.TCSANOW, before)
        child.send_signal(signal.SIGCONT)
    elif isinstance(keys, int):
        child.send_signal(keys)
    else:
        os.write(master, keys.encode())
while child.poll() is None and time.monotonic() < deadline:
    watch() if master is not None else time.sleep(0.02)
if master is not None:
    watch()
hung = child.poll() is None
child.kill()
restored = slave is None or termios.tcgetattr(slave) == before
out = child.communicate()[0].decode()
print(json.dumps({"screen": screen.decode(), "stdout": out, "code": None if hung else child.returncode, "restored": restored}))
