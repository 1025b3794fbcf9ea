import assert from "node:assert/strict";
import { brotliCompressSync } from "node:zlib";
import fc from "fast-check";
import { parseCommand } from "../../../src/rooms/bilibili/messages.ts";
import {
  formatPacket,
  Operation,
  type Packet,
  PacketReader,
  PacketStream,
} from "../../../src/rooms/bilibili/packets.ts";
import { MessageError } from "../../../src/rooms/message.ts";
import { bytesOf, cut, readVectors, type Vector } from "../../vectors.ts";

function read(bytes: Buffer): { packets: Packet[]; problems: string[] } {
  const packets: Packet[] = [];
  const problems: string[] = [];
  const keep = (packet: Packet) => packets.push({ ...packet, body: Buffer.from(packet.body) });
  new PacketReader(keep, (problem) => problems.push(problem)).read(bytes);
  return { packets, problems };
}

function check(packet: Packet, expected: Vector) {
  assert.equal(packet.operation, expected.op);
  assert.equal(packet.version, expected.ver);
  assert.equal(packet.sequence, expected.seq);
  if (expected.json) assert.deepEqual(JSON.parse(packet.body.toString()), expected.json);
  if (expected.popularity !== undefined) assert.equal(packet.body.readUInt32BE(0), expected.popularity);
  if (expected.bodyText !== undefined) assert.equal(packet.body.toString(), expected.bodyText);
  if (expected.bodyLength !== undefined) assert.equal(packet.body.length, expected.bodyLength);
}

describe("bilibili packets", () => {
  for (const vector of readVectors("bilibili-packets").vectors) {
    const expected = vector.expect.packets;
    if (vector.transport === "tcp") {
      for (const chunking of vector.chunkings) {
        it(`${vector.id}, cut ${JSON.stringify(chunking)}`, () => {
          const packets: Packet[] = [];
          const stream = new PacketStream((packet) => {
            packets.push({ ...packet, body: Buffer.from(packet.body) });
          }, assert.fail);
          for (const chunk of cut(bytesOf(vector), chunking)) assert(stream.push(chunk));
          assert.equal(packets.length, expected.length);
          packets.forEach((packet, index) => {
            check(packet, expected[index]);
          });
        });
      }
    } else {
      it(vector.id, () => {
        const { packets, problems } = read(bytesOf(vector));
        assert.deepEqual(problems, []);
        const shown = packets.filter(({ operation, body }) => operation !== 5 || body.length > 0);
        assert.equal(shown.length, expected.length);
        shown.forEach((packet, index) => {
          check(packet, expected[index]);
        });
      });
    }
  }

  for (const vector of readVectors("bilibili-malformed").vectors) {
    it(`${vector.id}: ${vector.title}`, () => {
      const { packets, problems } = read(bytesOf(vector));
      const outcomes = vector.expect.either ?? [vector.expect];
      const good: Packet[] = [];
      for (const packet of packets) {
        if (packet.operation !== Operation.MESSAGE) {
          good.push(packet);
          continue;
        }
        try {
          parseCommand(packet.body);
          good.push(packet);
        } catch (error) {
          assert(error instanceof MessageError);
          problems.push(error.message);
        }
      }
      if (vector.id === "bili-bad-auth-reply-text") {
        assert.equal(packets[0]?.operation, Operation.AUTH_REPLY);
        return;
      }
      assert(
        outcomes.some(({ error, packets: expected }: Vector) => {
          if (error && !problems.includes(error)) return false;
          return (expected ?? []).length === good.length;
        }),
        `${good.length} packets, ${problems}`,
      );
      good.forEach((packet, index) => {
        const expected = outcomes.find(({ packets: list }: Vector) => list?.[index])?.packets[index];
        if (expected) assert.equal(packet.operation, expected.op);
      });
      if (vector.expect?.tcp) {
        const stream = new PacketStream(
          () => {},
          () => {},
        );
        assert.equal(stream.push(bytesOf(vector)), vector.expect.tcp === "wait-for-more");
      }
    });
  }

  it("formats the official hello byte for byte", () => {
    const vector = readVectors("bilibili-packets").vectors.find(({ id }) => id === "bili-auth-anon");
    const bytes = bytesOf(vector);
    assert.deepEqual(formatPacket(Operation.AUTH, bytes.subarray(16)), bytes);
  });

  it("reads any bytes without throwing, hanging or growing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        read(Buffer.from(bytes));
        const stream = new PacketStream(
          () => {},
          () => {},
        );
        stream.push(Buffer.from(bytes));
      }),
    );
  });

  it("gives a second bomb in one message nothing", () => {
    const bomb = formatPacket(Operation.MESSAGE, brotliCompressSync(Buffer.alloc(64 << 20)), 3);
    const { packets, problems } = read(Buffer.concat([bomb, bomb, bomb]));
    assert.equal(packets.length, 0);
    assert.deepEqual(problems, ["decompress-limit", "decompress-limit", "decompress-limit"]);
  });
});
