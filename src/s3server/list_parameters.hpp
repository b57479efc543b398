#pragma once

#include <expected>

#include "s3/error.hpp"
#include "s3server/operations.hpp"
#include "s3server/query_parameters.hpp"

namespace signpost::s3server {

// InvalidArgument for a max-buckets outside of 1 to 10000 or a token that is none.
std::expected<ListBuckets, s3::Error> list_buckets(const QueryParameters& query);

// The parameters of the three listings of a bucket. InvalidArgument for a max-keys that is no
// number from 0 to 2^31-1 (above 1000 it counts as 1000), an encoding-type other than "url", or a
// prefix, delimiter or marker longer than a key may be.
std::expected<ListObjects, s3::Error> list_objects(const QueryParameters& query,
                                                   s3::BucketName bucket);
std::expected<ListObjectsV2, s3::Error> list_objects_v2(const QueryParameters& query,
                                                        s3::BucketName bucket);
std::expected<ListObjectVersions, s3::Error> list_object_versions(const QueryParameters& query,
                                                                  s3::BucketName bucket);

// The same of a listing of uploads and of parts.
std::expected<ListMultipartUploads, s3::Error> list_multipart_uploads(const QueryParameters& query,
                                                                      s3::BucketName bucket);
std::expected<ListParts, s3::Error> list_parts(const QueryParameters& query, s3::BucketName bucket,
                                               s3::ObjectKey key, std::string upload_id);

}  // namespace signpost::s3server
