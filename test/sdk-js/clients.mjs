// Other npm clients of S3, unchanged, against the store. Reads {endpoint, region, access_key_id,
// secret_access_key, bucket, key, job} from standard input and writes one JSON document.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";

import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { AwsClient } from "aws4fetch";
import * as Minio from "minio";

const MIB = 1024 * 1024;

async function standardInput() {
  let text = "";
  for await (const piece of process.stdin) text += piece;
  return JSON.parse(text);
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

// Not the same at any two places, and the same in every run.
function pattern(size) {
  const out = Buffer.alloc(size);
  for (let i = 0; i + 4 <= size; i += 4) out.writeUInt32LE((i * 2654435761) >>> 0, i);
  return out;
}

async function* inPieces(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

// A stream of unknown length: lib-storage cuts it into parts, each with a checksum.
async function libStorage(input) {
  const s3 = new S3Client({
    endpoint: input.endpoint, region: input.region, forcePathStyle: true, maxAttempts: 1,
    credentials: { accessKeyId: input.access_key_id, secretAccessKey: input.secret_access_key },
  });
  const whole = pattern(12 * MIB + 345);
  const at = { Bucket: input.bucket, Key: input.key };
  const upload = new Upload({
    client: s3, queueSize: 3, partSize: 5 * MIB,
    params: { ...at, Body: Readable.from(inPieces(whole, 77_777)), ContentType: "video/mp4" },
    tags: [{ Key: "by", Value: "lib-storage" }],
  });
  let progress = 0;
  upload.on("httpUploadProgress", ({ loaded }) => { progress = loaded; });
  const done = await upload.done();
  const get = await s3.send(new GetObjectCommand(at));
  const small = new Upload({ client: s3, params: { Bucket: input.bucket, Key: `${input.key}-small`, Body: Readable.from([Buffer.from("small")]) } });
  await small.done();
  const aborted = new Upload({
    client: s3, queueSize: 1, partSize: 5 * MIB,
    params: { Bucket: input.bucket, Key: `${input.key}-aborted`, Body: Readable.from(inPieces(whole, 100_000)) },
  });
  aborted.on("httpUploadProgress", () => aborted.abort());
  const stopped = await aborted.done().then(() => "done", (error) => error.name);
  return {
    etag: done.ETag, progress, size: whole.length, type: get.ContentType,
    same: Buffer.from(await get.Body.transformToByteArray()).equals(whole), stopped,
  };
}

async function minio(input) {
  const { hostname, port } = new URL(input.endpoint);
  const client = new Minio.Client({
    endPoint: hostname, port: Number(port), useSSL: false, region: input.region,
    accessKey: input.access_key_id, secretKey: input.secret_access_key,
  });
  const { bucket, key } = input;
  const whole = pattern(11 * MIB + 7);
  await client.putObject(bucket, key, whole, whole.length, { "Content-Type": "image/png", "X-Amz-Meta-A": "b" });
  await client.putObject(bucket, `${key}-stream`, Readable.from(inPieces(whole, 65_000)));
  await client.putObject(bucket, `${key}-small`, "small");
  const stat = await client.statObject(bucket, key);
  const same = (await collect(await client.getObject(bucket, key))).equals(whole);
  const streamed = sha256(await collect(await client.getObject(bucket, `${key}-stream`))) === sha256(whole);
  const part = await collect(await client.getPartialObject(bucket, key, 100, 50));
  await client.setObjectTagging(bucket, key, { by: "minio" });
  const tags = await client.getObjectTagging(bucket, key);
  const listed = [];
  for await (const object of client.listObjectsV2(bucket, key, true)) listed.push(object.name);
  await client.copyObject(bucket, `${key}-copy`, `/${bucket}/${key}`);
  const copied = (await client.statObject(bucket, `${key}-copy`)).size;
  const url = await client.presignedGetObject(bucket, `${key}-small`, 60);
  const fetched = await (await fetch(url)).text();
  const exists = [await client.bucketExists(bucket), await client.bucketExists("no-such-bucket-here")];
  await client.removeObjects(bucket, [...listed, `${key}-copy`]);
  const left = [];
  for await (const object of client.listObjectsV2(bucket, key, true)) left.push(object.name);
  const gone = await client.statObject(bucket, key).then(() => "there", (error) => error.code);
  return {
    size: stat.size, type: stat.metaData["content-type"], a: stat.metaData.a, same, streamed,
    part: part.equals(whole.subarray(100, 150)), tags, listed, copied, fetched, exists, left, gone,
  };
}

async function aws4fetch(input) {
  const client = new AwsClient({
    accessKeyId: input.access_key_id, secretAccessKey: input.secret_access_key, service: "s3",
    region: input.region, retries: 0,
  });
  const url = `${input.endpoint}/${input.bucket}/${input.key}`;
  const put = await client.fetch(url, { method: "PUT", body: "by aws4fetch", headers: { "Content-Type": "text/plain" } });
  const get = await client.fetch(url);
  const signed = await client.sign(new Request(`${url}?X-Amz-Expires=60`), { aws: { signQuery: true } });
  const bare = await fetch(signed.url);
  const list = await (await client.fetch(`${input.endpoint}/${input.bucket}?list-type=2&prefix=${input.key}`)).text();
  const gone = await client.fetch(url, { method: "DELETE" });
  return {
    put: put.status, text: await get.text(), bare: await bare.text(), listed: list.includes(`<Key>${input.key}</Key>`),
    gone: gone.status, after: (await client.fetch(url)).status,
  };
}

const jobs = { libStorage, minio, aws4fetch };
const input = await standardInput();
process.stdout.write(JSON.stringify(await jobs[input.job](input)) + "\n");
