#pragma once

#include <string_view>

namespace signpost::s3 {

// The operations of the S3 API that Signpost knows, by their names in the API reference.
enum class Operation {
  ListBuckets,
  CreateBucket,
  HeadBucket,
  DeleteBucket,
  GetBucketLocation,
  GetBucketVersioning,
  GetBucketAcl,
  PutBucketAcl,
  GetBucketCors,
  PutBucketCors,
  DeleteBucketCors,
  ListObjects,
  ListObjectsV2,
  ListObjectVersions,
  ListMultipartUploads,
  DeleteObjects,
  PostObject,
  PutObject,
  GetObject,
  HeadObject,
  DeleteObject,
  CopyObject,
  GetObjectAcl,
  PutObjectAcl,
  GetObjectTagging,
  PutObjectTagging,
  DeleteObjectTagging,
  GetObjectAttributes,
  CreateMultipartUpload,
  UploadPart,
  UploadPartCopy,
  CompleteMultipartUpload,
  AbortMultipartUpload,
  ListParts,
  Preflight,  // OPTIONS of a bucket or object
};

// "PutObject".
std::string_view name(Operation operation);

}  // namespace signpost::s3
