import protobuf from "protobufjs";
import { classes, INPUTS } from "../features.ts";
import type { Head } from "./head.ts";

/** What of ONNX's messages such a model needs; names and numbers are ONNX's own. */
const schema = `
syntax = "proto2";
message Attribute { optional string name = 1; optional int64 i = 3; optional int32 type = 20; }
message Node { repeated string input = 1; repeated string output = 2; optional string op_type = 4; repeated Attribute attribute = 5; }
message Tensor { repeated int64 dims = 1; optional int32 data_type = 2; optional string name = 8; optional bytes raw_data = 9; }
message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }
message Shape { repeated Dimension dim = 1; }
message TensorType { optional int32 elem_type = 1; optional Shape shape = 2; }
message Type { optional TensorType tensor_type = 1; }
message ValueInfo { optional string name = 1; optional Type type = 2; }
message Graph {
  repeated Node node = 1; optional string name = 2; repeated Tensor initializer = 5;
  repeated ValueInfo input = 11; repeated ValueInfo output = 12;
}
message OperatorSet { optional string domain = 1; optional int64 version = 2; }
message Property { optional string key = 1; optional string value = 2; }
message Model {
  optional int64 ir_version = 1; optional string producer_name = 2; optional Graph graph = 7;
  repeated OperatorSet opset_import = 8; repeated Property metadata_props = 14;
}`;
const IR_VERSION = 7;
const OPSET = 13;
const FLOAT = 1;
const INT = 2;

const tensor = (name: string, dims: readonly number[], values: Float32Array) => {
  const rawData = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) rawData.writeFloatLE(value, at * 4);
  return { name, dims, dataType: FLOAT, rawData };
};
/** Of any number of rows. */
const matrix = (name: string, width: number) => ({
  name,
  type: { tensorType: { elemType: FLOAT, shape: { dim: [{ dimParam: "rows" }, { dimValue: width }] } } },
});

/** The head as an ONNX file: inputs [rows, 512] → Gemm → Softmax → grade [rows, classes]. */
export function onnxFile({ weights, bias }: Head, version: string): Uint8Array {
  const type = protobuf.parse(schema, { keepCase: false }).root.lookupType("Model");
  const model = type.fromObject({
    irVersion: IR_VERSION,
    producerName: "feimu",
    opsetImport: [{ domain: "", version: OPSET }],
    metadataProps: [
      { key: "version", value: version },
      { key: "classes", value: classes.join() },
    ],
    graph: {
      name: "grade",
      node: [
        { opType: "Gemm", input: ["inputs", "weights", "bias"], output: ["logits"] },
        {
          opType: "Softmax",
          input: ["logits"],
          output: ["grade"],
          attribute: [{ name: "axis", i: 1, type: INT }],
        },
      ],
      initializer: [
        tensor("weights", [INPUTS, classes.length], weights),
        tensor("bias", [classes.length], bias),
      ],
      input: [matrix("inputs", INPUTS)],
      output: [matrix("grade", classes.length)],
    },
  });
  return type.encode(model).finish();
}
