#include "s3/operation.hpp"

#include <utility>

namespace signpost::s3 {

std::string_view name(Operation operation) {
  switch (operation) {
    case Operation::ListBuckets:
      return "ListBuckets";
    case Operation::CreateBucket:
      return "CreateBucket";
    case Operation::HeadBucket:
      return "HeadBucket";
    case Operation::DeleteBucket:
      return "DeleteBucket";
    case Operation::GetBucketLocation:
      return "GetBucketLocation";
    case Operation::GetBucketVersioning:
      return "GetBucketVersioning";
    case Operation::GetBucketAcl:
      return "GetBucketAcl";
    case Operation::PutBucketAcl:
      return "PutBucketAcl";
    case Operation::GetBucketCors:
      return "GetBucketCors";
    case Operation::PutBucketCors:
      return "PutBucketCors";
    case Operation::DeleteBucketCors:
      return "DeleteBucketCors";
    case Operation::ListObjects:
      return "ListObjects";
    case Operation::ListObjectsV2:
      return "ListObjectsV2";
    case Operation::ListObjectVersions:
      return "ListObjectVersions";
    case Operation::ListMultipartUploads:
      return "ListMultipartUploads";
    case Operation::DeleteObjects:
      return "DeleteObjects";
    case Operation::PostObject:
      return "PostObject";
    case Operation::PutObject:
      return "PutObject";
    case Operation::GetObject:
      return "GetObject";
    case Operation::HeadObject:
      return "HeadObject";
    case Operation::DeleteObject:
      return "DeleteObject";
    case Operation::CopyObject:
      return "CopyObject";
    case Operation::GetObjectAcl:
      return "GetObjectAcl";
    case Operation::PutObjectAcl:
      return "PutObjectAcl";
    case Operation::GetObjectTagging:
      return "GetObjectTagging";
    case Operation::PutObjectTagging:
      return "PutObjectTagging";
    case Operation::DeleteObjectTagging:
      return "DeleteObjectTagging";
    case Operation::GetObjectAttributes:
      return "GetObjectAttributes";
    case Operation::CreateMultipartUpload:
      return "CreateMultipartUpload";
    case Operation::UploadPart:
      return "UploadPart";
    case Operation::UploadPartCopy:
      return "UploadPartCopy";
    case Operation::CompleteMultipartUpload:
      return "CompleteMultipartUpload";
    case Operation::AbortMultipartUpload:
      return "AbortMultipartUpload";
    case Operation::ListParts:
      return "ListParts";
    case Operation::Preflight:
      return "Preflight";
  }
  std::unreachable();
}

}  // namespace signpost::s3
