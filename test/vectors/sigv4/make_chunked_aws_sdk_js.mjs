// Writes chunked_aws_sdk_js.txt: bodies that the AWS SDK for JavaScript frames as aws-chunked, a chunk for each piece that the
// stream yields.
//
//   npm install @smithy/util-stream@4.8.2 && node make_chunked_aws_sdk_js.mjs > chunked_aws_sdk_js.txt
//
// in a folder that holds this file. The format is in README.md.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { getAwsChunkedEncodingStream } from "@smithy/util-stream";

const version = createRequire(import.meta.url)("@smithy/util-stream/package.json").version;
const pattern = String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 0x20 + i)) + "\r\n0\r\n\r\n";
const escape = (text) => text.replace(/[\x00-\x1f\\]/g, (c) => "\\x" + c.charCodeAt(0).toString(16).padStart(2, "0"));
const name = "x-amz-checksum-sha256";

console.log(`# Made by make_chunked_aws_sdk_js.mjs with @smithy/util-stream ${version}. Do not edit.\n`);
for (const size of [0, 1, 7, 16, 255, 256, 1000])
  for (const chunk of [1, 16, 100, 4096]) {
    if (size / chunk > 100) continue;
    const data = pattern.repeat(10).slice(0, size);
    const pieces = data.match(new RegExp(`[^]{1,${chunk}}`, "g")) ?? [];
    const digest = createHash("sha256").update(data).digest();
    const stream = getAwsChunkedEncodingStream(Readable.from(pieces.map((piece) => Buffer.from(piece)), { objectMode: false }), {
      base64Encoder: (bytes) => Buffer.from(bytes).toString("base64"), bodyLengthChecker: (body) => body.length,
      checksumAlgorithmFn: class {}, checksumLocationName: name, streamHasher: async () => digest,
    });
    let wire = "";
    for await (const piece of stream) wire += piece;
    console.log(`chunked\nchunk\t${chunk}\ntrailer\t${name}\t${digest.toString("base64")}\ndata\t${escape(data)}\nwire\t${escape(wire)}\n`);
  }
