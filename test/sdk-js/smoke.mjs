// Reads one JSON document from standard input, {endpoint, region, access_key_id, secret_access_key,
// bucket, key, job}, does the job with the AWS SDK for JavaScript, and writes one JSON document.
import { Readable } from "node:stream";

import {
  CopyObjectCommand, DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client,
} from "@aws-sdk/client-s3";
import { createPresignedPost } from "@aws-sdk/s3-presigned-post";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

async function standardInput() {
  let text = "";
  for await (const piece of process.stdin) text += piece;
  return JSON.parse(text);
}

function client(input, checksums) {
  return new S3Client({
    endpoint: input.endpoint,
    region: input.region,
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: checksums,
    credentials: { accessKeyId: input.access_key_id, secretAccessKey: input.secret_access_key },
  });
}

// The URLs that an app signs: each is fetched by the test, by bytes.
async function presign(input) {
  const at = { Bucket: input.bucket, Key: input.key };
  const careful = client(input, "WHEN_REQUIRED");
  const sign = (s3, command, options) => getSignedUrl(s3, command, { expiresIn: 180, ...options });
  return {
    put: await sign(careful, new PutObjectCommand({ ...at, ContentType: "text/plain" }),
                    { signableHeaders: new Set(["content-type"]) }),
    put_default: await sign(client(input, "WHEN_SUPPORTED"), new PutObjectCommand({
      ...at, Metadata: { a: "b c" }, Tagging: "by=sdk&of=js", StorageClass: "STANDARD" })),
    get: await sign(careful, new GetObjectCommand(at)),
    get_named: await sign(careful, new GetObjectCommand({
      ...at, ResponseContentType: "text/csv",
      ResponseContentDisposition: "attachment; filename=\"a b.csv\"" })),
    head: await sign(careful, new HeadObjectCommand(at)),
    delete: await sign(careful, new DeleteObjectCommand(at)),
  };
}

// The SDK's own requests, with the checksums that it adds by default.
async function life(input) {
  const s3 = client(input, "WHEN_SUPPORTED");
  const at = { Bucket: input.bucket, Key: input.key };
  const body = Buffer.from("bytes of the SDK for JavaScript");
  const put = await s3.send(new PutObjectCommand({ ...at, Body: body, ContentType: "text/plain", Metadata: { a: "b" } }));
  const head = await s3.send(new HeadObjectCommand(at));
  const get = await s3.send(new GetObjectCommand(at));
  const text = await get.Body.transformToString();
  const part = await s3.send(new GetObjectCommand({ ...at, Range: "bytes=0-4" }));
  const copyAt = { Bucket: input.bucket, Key: `${input.key}-copy` };
  await s3.send(new CopyObjectCommand({ ...copyAt, CopySource: `${input.bucket}/${encodeURIComponent(input.key)}` }));
  const copy = await (await s3.send(new GetObjectCommand(copyAt))).Body.transformToString();
  await s3.send(new DeleteObjectCommand(at));
  await s3.send(new DeleteObjectCommand(copyAt));
  let gone = "";
  try {
    await s3.send(new HeadObjectCommand(at));
  } catch (error) {
    gone = error.name;
  }
  return {
    etag: put.ETag, size: head.ContentLength, content_type: head.ContentType, metadata: head.Metadata,
    text, part: await part.Body.transformToString(), copy, gone,
  };
}

// A stream of unknown content: the SDK sends it as aws-chunked with a checksum in the trailer.
async function stream(input) {
  const s3 = client(input, "WHEN_SUPPORTED");
  const sent = {};
  s3.middlewareStack.add((next) => (args) => {
    Object.assign(sent, args.request.headers);
    return next(args);
  }, { step: "finalizeRequest", priority: "low" });
  const pieces = Array.from({ length: 40 }, (_, i) => Buffer.alloc(10_000 + i, 65 + i % 26));
  const whole = Buffer.concat(pieces);
  const done = {};
  for (const algorithm of ["CRC32", "CRC32C", "SHA1", "SHA256"]) {
    const at = { Bucket: input.bucket, Key: `${input.key}-${algorithm}` };
    const put = await s3.send(new PutObjectCommand({
      ...at, Body: Readable.from(pieces), ContentLength: whole.length, ChecksumAlgorithm: algorithm }));
    const { "x-amz-content-sha256": payload, "x-amz-trailer": trailer } = sent;
    const get = await s3.send(new GetObjectCommand({ ...at, ChecksumMode: "ENABLED" }));
    const same = Buffer.from(await get.Body.transformToByteArray()).equals(whole);
    done[algorithm] = {
      same, put: put[`Checksum${algorithm}`], get: get[`Checksum${algorithm}`], encoding: get.ContentEncoding ?? null,
      payload, trailer,
    };
  }
  return done;
}

// A browser's upload form: one as the policy allows, and two as it does not.
async function post(input) {
  const made = await createPresignedPost(client(input, "WHEN_REQUIRED"), {
    Bucket: input.bucket, Key: input.key, Expires: 60, Fields: { "Content-Type": "text/plain", success_action_status: "201" },
    Conditions: [["content-length-range", 1, 20], ["starts-with", "$Content-Type", "text/"]],
  });
  const send = async (bytes, changes) => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...made.fields, ...changes })) form.append(name, value);
    form.append("file", new Blob([bytes], { type: "text/plain" }), "a b.txt");
    const answer = await fetch(made.url, { method: "POST", body: form });
    return { status: answer.status, body: await answer.text() };
  };
  return {
    good: await send("bytes of the SDK", {}),
    too_large: await send("bytes of the SDK, and more", {}),
    other_type: await send("bytes of the SDK", { "Content-Type": "image/png" }),
  };
}

const input = await standardInput();
const jobs = { post, presign, life, stream };
process.stdout.write(JSON.stringify(await jobs[input.job](input)) + "\n");
