// Writes aws_sdk_js.txt: what the AWS SDK for JavaScript signs for requests with difficult names.
//
//   npm install @aws-sdk/client-s3@3.967.0 @aws-sdk/s3-request-presigner@3.967.0
//   node make_aws_sdk_js.mjs > aws_sdk_js.txt
//
// in a folder that holds this file. The format is in README.md; the signing date is fixed.
import { createRequire } from "node:module";
import {
  S3Client, GetObjectCommand, PutObjectCommand, HeadObjectCommand, DeleteObjectCommand,
  UploadPartCommand, ListObjectsV2Command,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const version = createRequire(import.meta.url)("@aws-sdk/s3-request-presigner/package.json").version;
const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const TOKEN = "FwoGZXIvYXdzEBYaDH+/token==with+every/kind=of~char.-_";
const signingDate = new Date("2026-11-24T04:05:06Z");
const own = new Set(["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
  "X-Amz-SignedHeaders", "X-Amz-Security-Token", "X-Amz-Signature"]);
const methods = new Map([[GetObjectCommand, "GET"], [PutObjectCommand, "PUT"],
  [HeadObjectCommand, "HEAD"], [DeleteObjectCommand, "DELETE"], [UploadPartCommand, "PUT"],
  [ListObjectsV2Command, "GET"]]);

// Keys that a URL parser in the SDK rewrites before they are signed ("..", ".") are left out:
// what comes out is another key's URL.
const keys = ["test.txt", "photos/2026/11/24/beach.jpg", "a b c.jpg", "a+b.txt", "a%2Fb", "%", "%41",
  "100%", "a//b", "a//", "*", "!", "'()", "wow!*'().txt", "~tilde_under-dash.dot", "a&b=c", "a?b",
  "a#b", "a;b", "a:b", "a@b", "a,b", "a$b", "[a]", "{a}", "<a>", "a\\b", "a^b", "a`b", "a|b", 'a"b',
  "é", "日本語/写真.jpg", "😀/🏳️‍🌈.png", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "x".repeat(1024), "é".repeat(512),
  "😀".repeat(256), "X-Amz-Signature=0"];

const escape = (text) => text.replace(/[\x00-\x1f\\]/g,
  (c) => "\\x" + c.charCodeAt(0).toString(16).padStart(2, "0"));

async function emit(Command, input, { endpoint, style, region = "us-east-1", token = "",
  expires = 180, checksum = "WHEN_REQUIRED", fields = [] }) {
  const client = new S3Client({ region, endpoint, forcePathStyle: style === "path",
    requestChecksumCalculation: checksum,
    credentials: token ? { ...credentials, sessionToken: token } : credentials });
  const url = await getSignedUrl(client, new Command(input), { expiresIn: expires, signingDate,
    signableHeaders: new Set(["host", ...fields.map(([name]) => name.toLowerCase())]),
    unhoistableHeaders: new Set(fields.map(([name]) => name.toLowerCase())) });
  const query = new URL(url).search.slice(1).split("&").map((pair) => pair.split("="))
    .filter(([name]) => !own.has(decodeURIComponent(name)));
  const lines = [["endpoint", endpoint], ["style", style], ["region", region],
    ["access_key", credentials.accessKeyId], ["secret", credentials.secretAccessKey],
    ["token", token], ["method", methods.get(Command)], ["bucket", input.Bucket],
    ["key", input.Key ?? ""],
    ...query.map(([name, value]) => ["query", decodeURIComponent(name), decodeURIComponent(value)]),
    ...fields.map(([name, value]) => ["field", name, value]),
    ["date", "20261124T040506Z"], ["expires", String(expires)], ["url", url]];
  console.log("presign\n" + lines.map((line) => line.map(escape).join("\t")).join("\n") + "\n");
}

console.log(`# Made by make_aws_sdk_js.mjs with @aws-sdk/s3-request-presigner ${version}. ` +
  "Do not edit.\n");
const local = { endpoint: "http://127.0.0.1:9000", style: "path" };
const aws = { endpoint: "https://s3.eu-central-1.amazonaws.com", style: "virtual",
  region: "eu-central-1" };
for (const Key of keys) {
  await emit(GetObjectCommand, { Bucket: "photos", Key }, local);
  await emit(GetObjectCommand, { Bucket: "photos", Key }, aws);
}
const object = { Bucket: "photos", Key: "a b+c/é.jpg" };
await emit(PutObjectCommand, object, local);
await emit(PutObjectCommand, object, { ...local, checksum: "WHEN_SUPPORTED" });
await emit(HeadObjectCommand, object, { ...local, expires: 604800 });
await emit(DeleteObjectCommand, object, local);
await emit(GetObjectCommand, object, { ...local, token: TOKEN });
await emit(UploadPartCommand, { ...object, PartNumber: 3, UploadId: "2~abc/+=~id" }, local);
await emit(ListObjectsV2Command, { Bucket: "photos", Prefix: "a b/+&=?é", Delimiter: "/" }, aws);
await emit(GetObjectCommand, { ...object, ResponseContentType: "text/plain; charset=utf-8",
  ResponseContentDisposition: "attachment; filename=\"a b.txt\"; filename*=UTF-8''%C3%A9.txt" }, aws);
await emit(PutObjectCommand, { ...object, ContentType: "image/jpeg" },
  { ...local, fields: [["content-type", "image/jpeg"]] });
await emit(PutObjectCommand, { ...object, ContentType: "image/jpeg", ContentLength: 12345,
  IfNoneMatch: "*", ChecksumSHA256: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
  { ...local, fields: [["content-type", "image/jpeg"], ["content-length", "12345"],
    ["if-none-match", "*"],
    ["x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]] });
