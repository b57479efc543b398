// fastify and the AWS SDK's presigner.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import fastify from 'fastify';
import { authorise, bucket, credentials, endpoint, expires, ready } from './shared.mjs';

const client = new S3Client({ endpoint: endpoint.href, region: 'us-east-1', forcePathStyle: true, credentials });
const app = fastify();
app.get('/files/:id', async (request, reply) => {
  const { file, status } = authorise(request.headers.authorization, request.params.id);
  if (!file) return reply.code(status).send();
  const command = new GetObjectCommand({
    Bucket: bucket, Key: file.key, ResponseContentType: file.type, ResponseContentDisposition: `inline; filename="${file.name}"`,
  });
  const url = await getSignedUrl(client, command, { expiresIn: expires });
  return reply.header('Cache-Control', 'private, max-age=150').redirect(url, 302);
});
app.listen({ port: 0, host: '127.0.0.1' }).then(() => ready(app.server.address().port));
