// node:http and minio-js.
import { createServer } from 'node:http';
import * as minio from 'minio';
import { authorise, bucket, credentials, endpoint, expires, ready } from './shared.mjs';

const client = new minio.Client({
  endPoint: endpoint.hostname, port: Number(endpoint.port), useSSL: false, region: 'us-east-1',
  accessKey: credentials.accessKeyId, secretKey: credentials.secretAccessKey, pathStyle: true,
});

const server = createServer(async (request, response) => {
  const { file, status } = authorise(request.headers.authorization, request.url.slice('/files/'.length));
  if (!file) return response.writeHead(status).end();
  const url = await client.presignedGetObject(bucket, file.key, expires, {
    'response-content-type': file.type, 'response-content-disposition': `inline; filename="${file.name}"`,
  });
  response.writeHead(302, { Location: url, 'Cache-Control': 'private, max-age=150' }).end();
});
server.listen(0, '127.0.0.1', () => ready(server.address().port));
