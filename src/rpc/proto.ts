import { fileURLToPath } from "node:url";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import protobuf from "protobufjs";

const protoFolder = fileURLToPath(new URL("../../proto/", import.meta.url));

/** Loads contracts by their path below `proto/`, imports resolved from there. */
export function loadProto(...files: string[]): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => (target.startsWith("/") ? target : protoFolder + target);
  root.loadSync(files.map((file) => protoFolder + file));
  root.resolveAll();
  return root;
}

const root = loadProto(
  "health.proto",
  "feimu/v1/comment.proto",
  "feimu/v1/comments.proto",
  "feimu/v1/feed.proto",
  "feimu/v1/moderation.proto",
  "feimu/v1/media.proto",
  "feimu/v1/stage.proto",
  "feimu/v1/box.proto",
  "feimu/v1/control.proto",
);

/** A message as this program sees it: camelCase keys, enums and 64-bit integers as numbers. */
// biome-ignore lint/suspicious/noExplicitAny: the contract of each call gives the type at its own border
export type Message = any;

export function lookupType(name: string): protobuf.Type {
  return root.lookupType(name);
}

export function encodeMessage(type: protobuf.Type, message: Message): Buffer {
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}

export function decodeMessage(type: protobuf.Type, bytes: Uint8Array): Message {
  return type.toObject(type.decode(bytes), { longs: Number, arrays: true });
}

/** The definition that grpc-js wants, from the contract alone. */
export function serviceDefinition(name: string): ServiceDefinition {
  const service = root.lookupService(name);
  const definition: Record<string, MethodDefinition<Message, Message>> = {};
  for (const method of service.methodsArray) {
    const requestType = method.resolvedRequestType!;
    const responseType = method.resolvedResponseType!;
    const key = method.name[0]!.toLowerCase() + method.name.slice(1);
    definition[key] = {
      path: `/${name}/${method.name}`,
      requestStream: method.requestStream ?? false,
      responseStream: method.responseStream ?? false,
      requestSerialize: (message) => encodeMessage(requestType, message),
      requestDeserialize: (bytes) => decodeMessage(requestType, bytes),
      responseSerialize: (message) =>
        Buffer.isBuffer(message) ? message : encodeMessage(responseType, message),
      responseDeserialize: (bytes) => decodeMessage(responseType, bytes),
      originalName: key,
    };
  }
  return definition as unknown as ServiceDefinition;
}
