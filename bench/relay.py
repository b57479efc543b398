"""A TCP relay that stands for a length of wire: it adds delay, may hold a rate, counts what crosses it, and measures for how long the
gateway's end of its connections is held by a download. Runs in a process of its own."""

import asyncio
import multiprocessing
import time
from multiprocessing.sharedctypes import RawValue

PIECE = 64 * 1024
IN_FLIGHT = 64  # pieces between reader and writer of one direction
IN_FLIGHT_LIMITED = 4  # the same where a rate is held: a sender is held back, as by a slow client's window


class Wire:
    """round_trip in seconds, half of it each way; rate in bytes a second from server to client, 0: as fast as it goes.
    gateway_is_server says at which end the gateway stands."""

    def __init__(self, address, gateway_is_server):
        self.address, self.gateway_is_server = address, gateway_is_server
        self.round_trip, self.rate = RawValue("d", 0), RawValue("d", 0)
        self.bytes, self.held, self.connections = RawValue("q", 0), RawValue("d", 0), RawValue("q", 0)
        context = multiprocessing.get_context("fork")
        here, there = context.Pipe()
        self.process = context.Process(target=self._main, args=(there,), daemon=True)
        self.process.start()
        self.port = here.recv()

    @property
    def authority(self):
        return f"127.0.0.1:{self.port}"

    def reset(self):
        self.bytes.value, self.held.value, self.connections.value = 0, 0, 0

    def stop(self):
        self.process.terminate()
        self.process.join(5)

    def _main(self, pipe):
        asyncio.run(self._serve(pipe))

    async def _serve(self, pipe):
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, limit=PIECE)
        pipe.send(server.sockets[0].getsockname()[1])
        async with server:
            await server.serve_forever()

    async def _connection(self, client_reader, client_writer):
        self.connections.value += 1
        try:
            if self.round_trip.value:
                await asyncio.sleep(self.round_trip.value)  # the handshake
            host, port = self.address
            server_reader, server_writer = await asyncio.open_connection(host, port, limit=PIECE)
        except OSError:
            client_writer.close()
            return
        held = Held(self.held)
        up = self._direction(client_reader, server_writer, held.request, self.gateway_is_server, False)
        down = self._direction(server_reader, client_writer, held.answer, not self.gateway_is_server, True)
        await asyncio.gather(up, down, return_exceptions=True)

    async def _direction(self, reader, writer, note, at_delivery, limited):
        """`note` is called when the gateway sees the bytes: where it is the receiver, at delivery."""
        queue = asyncio.Queue(IN_FLIGHT)
        sender = asyncio.create_task(self._deliver(queue, writer, note if at_delivery else None, limited))
        try:
            while piece := await reader.read(PIECE):
                while limited and self.rate.value and queue.qsize() >= IN_FLIGHT_LIMITED:
                    await asyncio.sleep(0.005)
                self.bytes.value += len(piece)
                if not at_delivery:
                    note()
                await queue.put((time.monotonic() + self.round_trip.value / 2, piece))
        except ConnectionError:
            pass
        await queue.put((time.monotonic(), None))
        await sender

    async def _deliver(self, queue, writer, note, limited):
        free_at = 0.0
        try:
            while True:
                due, piece = await queue.get()
                if piece is None:
                    break
                if limited and self.rate.value:
                    free_at = max(free_at, due) + len(piece) / self.rate.value
                    due = free_at
                if (wait := due - time.monotonic()) > 0:
                    await asyncio.sleep(wait)
                if note:
                    note()
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            while (await queue.get())[1] is not None:
                pass
        writer.close()


class Held:
    """Adds up, for one connection, the time from a request to the last byte of its answer."""

    def __init__(self, total):
        self.total, self.mark, self.answering = total, time.monotonic(), True

    def request(self):
        now = time.monotonic()
        if not self.answering:
            self.total.value += now - self.mark
        self.mark, self.answering = now, False

    def answer(self):
        now = time.monotonic()
        self.total.value += now - self.mark
        self.mark, self.answering = now, True
