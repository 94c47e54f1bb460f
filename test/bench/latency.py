#!/usr/bin/env python3
"""A TCP proxy that turns loopback into a slow link.

  latency.py --delay 25                       a round trip of 50 ms, from port 11243 to port 11143
  latency.py --delay 25 --rate 2 --total 5    and at most 2 MB/s per connection, 5 MB/s in all

--delay is in milliseconds and applies to each direction; --rate and --total are in
10^6 octets per second and direction. --window is the number of octets which one
connection may have under way before the first are acknowledged, as TCP's window: it
limits a connection to window / round trip. Slow start and packet loss are not imitated.
Runs until interrupted; on SIGINT or SIGTERM prints what passed through.
"""
import argparse
import asyncio
import os
import signal
import time

PIECE = 65536  # octets read at once, and the grain of the rate limits


class Rate:
    """Octets leave one after the other at a constant speed."""

    def __init__(self, octets_per_second):
        self.octets_per_second = octets_per_second
        self.free_at = 0.0

    def book(self, octets, earliest):
        """Returns the time at which the last of the octets has left."""
        if not self.octets_per_second:
            return earliest
        self.free_at = max(self.free_at, earliest) + octets / self.octets_per_second
        return self.free_at


class Window:
    """How many octets may be under way."""

    def __init__(self, octets):
        self.free = octets
        self.changed = asyncio.Event()

    async def take(self, octets):
        while self.free <= 0:
            self.changed.clear()
            await self.changed.wait()
        self.free -= octets

    def give(self, octets):
        self.free += octets
        self.changed.set()


class Link:
    def __init__(self, options):
        self.options = options
        self.delay = options.delay / 1000
        self.totals = {"up": Rate(options.total * 1e6), "down": Rate(options.total * 1e6)}
        self.octets = {"up": 0, "down": 0}
        self.connections = 0

    async def accept(self, reader, writer):
        self.connections += 1
        # The client's connect() has succeeded already. On a real link that takes a round trip, and the server
        # sees the connection half a round trip later still.
        await asyncio.sleep(3 * self.delay)
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.options.to_port)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(self.carry("up", reader, server_writer), self.carry("down", server_reader, writer))
        except asyncio.CancelledError:
            pass  # the proxy is being stopped

    async def carry(self, direction, reader, writer):
        window, own_rate = Window(self.options.window), Rate(self.options.rate * 1e6)
        queue = asyncio.Queue()  # bounded by the window
        delivery = asyncio.create_task(self.deliver(queue, writer, window))
        try:
            while data := await reader.read(PIECE):
                self.octets[direction] += len(data)
                sent = self.totals[direction].book(len(data), own_rate.book(len(data), time.monotonic()))
                queue.put_nowait((sent + self.delay, data))
                await window.take(len(data))
        except ConnectionError:
            pass
        queue.put_nowait((time.monotonic() + self.delay, None))
        await delivery

    async def deliver(self, queue, writer, window):
        try:
            while True:
                due, data = await queue.get()
                await asyncio.sleep(due - time.monotonic())
                if data is None:
                    break
                writer.write(data)
                await writer.drain()
                asyncio.get_running_loop().call_later(self.delay, window.give, len(data))  # the acknowledgement
        except ConnectionError:
            window.give(1 << 62)  # the receiver is gone: let the sender run into its own error
        writer.close()


async def serve(options):
    link = Link(options)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    server = await asyncio.start_server(link.accept, "127.0.0.1", options.port, limit=PIECE)
    port = server.sockets[0].getsockname()[1]
    print(f"port {port} -> {options.to_port}: {options.delay:g} ms each way", flush=True)
    await stopped.wait()
    server.close()
    print(f"{link.connections} connections, {link.octets['up']} octets up, {link.octets['down']} octets down")
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--delay", type=float, default=25, help="milliseconds in each direction")
    arguments.add_argument("--rate", type=float, default=0, help="MB/s per connection (default: no limit)")
    arguments.add_argument("--total", type=float, default=0, help="MB/s of all connections (default: no limit)")
    arguments.add_argument("--window", type=int, default=4 << 20, help="octets under way per connection")
    arguments.add_argument("--port", type=int, default=11243, help="where to listen; 0: anywhere")
    arguments.add_argument("--to-port", type=int, default=os.environ.get("BENCH_PORT", 11143))
    asyncio.run(serve(arguments.parse_args()))


if __name__ == "__main__":
    main()
