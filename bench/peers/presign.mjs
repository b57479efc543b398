// CPU nanoseconds of one pre-signed GET URL by the AWS SDK for JavaScript and by minio-js, the better of each one's rounds.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import * as minio from 'minio';

const { BENCH_KEY_ID: accessKeyId, BENCH_KEY: secretAccessKey, BENCH_OBJECT_KEY: Key, BENCH_ROUNDS } = process.env;
const Bucket = 'photos', host = 's3.us-east-1.example.com', region = 'us-east-1', expires = 180;
const sdk = new S3Client({ endpoint: `https://${host}`, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
const client = new minio.Client({ endPoint: host, useSSL: true, region, accessKey: accessKeyId, secretKey: secretAccessKey, pathStyle: true });
const signers = {
  aws_sdk: { calls: 1000, sign: (i) => getSignedUrl(sdk, new GetObjectCommand({ Bucket, Key: `${Key}${i}` }), { expiresIn: expires }) },
  minio: { calls: 5000, sign: (i) => client.presignedGetObject(Bucket, `${Key}${i}`, expires) },
};

const best = {};
for (let round = 0; round < Number(BENCH_ROUNDS); ++round)
  for (const [name, { calls, sign }] of Object.entries(signers)) {
    const before = process.cpuUsage();
    for (let i = 0; i < calls; ++i) await sign(i);
    const { user, system } = process.cpuUsage(before);
    best[name] = Math.min(best[name] ?? Infinity, ((user + system) * 1000) / calls);
  }
console.log(JSON.stringify(best));
