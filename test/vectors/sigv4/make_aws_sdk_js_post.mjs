// Writes aws_sdk_js_post.txt: the forms for browsers' uploads that the AWS SDK for JavaScript signs.
//
//   npm install @aws-sdk/client-s3@3.967.0 @aws-sdk/s3-presigned-post@3.967.0
//   node make_aws_sdk_js_post.mjs > aws_sdk_js_post.txt
//
// in a folder that holds this file. The format is in README.md; the clock stands still.
import { createRequire } from "node:module";
import { S3Client } from "@aws-sdk/client-s3";
import { createPresignedPost } from "@aws-sdk/s3-presigned-post";

const moment = Date.parse("2026-11-24T04:05:06Z");
globalThis.Date = class extends Date {
  constructor(...given) {
    super(...(given.length ? given : [moment]));
  }
  static now() {
    return moment;
  }
};

const version = createRequire(import.meta.url)("@aws-sdk/s3-presigned-post/package.json").version;
const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const TOKEN = "FwoGZXIvYXdzEBYaDH+/token==with+every/kind=of~char.-_";
const keys = ["test.txt", "a b c.jpg", "a+b.txt", "a%2Fb", "a//b", "../a", "*!'()", "é", "日本語/写真.jpg", "😀.png",
  'a"b', "a\\b", "x".repeat(1024)];

const escape = (text) => String(text).replace(/[\x00-\x1f\\]/g,
  (c) => "\\x" + c.charCodeAt(0).toString(16).padStart(2, "0"));

async function emit(key, { fields = [], prefixes = [], lengths, expires = 180, token = "", endpoint = "http://127.0.0.1:9000",
  style = "path", region = "us-east-1" } = {}) {
  const client = new S3Client({ region, endpoint, forcePathStyle: style === "path",
    credentials: token ? { ...credentials, sessionToken: token } : credentials });
  const made = await createPresignedPost(client, { Bucket: "photos", Key: key, Expires: expires,
    Fields: Object.fromEntries(fields),
    Conditions: [...prefixes.map(([name, value]) => ["starts-with", `$${name}`, value]),
      ...(lengths ? [["content-length-range", ...lengths]] : [])] });
  const lines = [["endpoint", endpoint], ["style", style], ["region", region],
    ["access_key", credentials.accessKeyId], ["secret", credentials.secretAccessKey], ["token", token],
    ["bucket", "photos"], ["key", key], ...fields.map((f) => ["field", ...f]),
    ...prefixes.map((p) => ["starts_with", ...p]),
    ...(lengths ? [["least", lengths[0]], ["most", lengths[1]]] : []),
    ["date", "20261124T040506Z"], ["expires", expires], ["url", made.url],
    ...Object.entries(made.fields).map(([name, value]) => ["form", name, value])];
  console.log("post\n" + lines.map((line) => line.map(escape).join("\t")).join("\n") + "\n");
}

console.log(`# Made by make_aws_sdk_js_post.mjs with @aws-sdk/s3-presigned-post ${version}. Do not edit.\n`);
for (const key of keys) await emit(key);
await emit("user/eric/${filename}", { lengths: [1, 1048576], prefixes: [["Content-Type", "image/"]] });
await emit("a", { token: TOKEN, expires: 604800 });
await emit("a", { endpoint: "https://s3.eu-central-1.amazonaws.com", style: "virtual", region: "eu-central-1" });
await emit("a", { fields: [["success_action_status", "201"], ["x-amz-meta-k", "é😀\"\\/"], ["acl", "private"]] });
