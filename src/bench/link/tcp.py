# A TCP flow's two ends, CUBIC, each a process of its own in a namespace (Node cannot choose the congestion control).
# `receive PORT` prints "ready", then at each line on stdin the bytes that each connection has brought, in JSON;
# `send ADDRESS PORT NUMBER BYTES` sends (0: without end), the connection's number as its first byte.
import json
import socket
import sys
import threading


def take(connection, brought):
    flow = connection.recv(1)
    if not flow:
        return
    brought[flow[0]] = 1
    while data := connection.recv(1 << 16):
        brought[flow[0]] += len(data)


def receive(port):
    brought = {}
    server = socket.create_server(("", port))
    print("ready", flush=True)

    def accept():
        while True:
            connection, _ = server.accept()
            threading.Thread(target=take, args=(connection, brought), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    for _ in sys.stdin:
        print(json.dumps(brought), flush=True)


def send(address, port, flow, left):
    connection = socket.socket()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
    connection.connect((address, port))
    block = bytes([flow]) + bytes(16383)
    endless = left == 0
    while endless or left > 0:
        part = block if endless else block[:left]
        connection.sendall(part)
        left -= 0 if endless else len(part)


if sys.argv[1] == "receive":
    receive(int(sys.argv[2]))
else:
    send(sys.argv[2], *map(int, sys.argv[3:]))
