#pragma once

#include "net/task.hpp"
#include "s3/copy_source.hpp"
#include "s3server/authenticate.hpp"
#include "s3server/call.hpp"
#include "s3server/integrity.hpp"
#include "s3server/operations.hpp"

// One function an operation, each in the file of its name. Before it is called, the request is
// authenticated, its fields are checked (check_fields) and its bucket is there and its signer's.
namespace signpost::s3server {

net::Task<Outcome> handle(Call& call, const Authenticated& who, const ListBuckets& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const CreateBucket& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const HeadBucket& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const DeleteBucket& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const GetBucketLocation& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who,
                          const GetBucketVersioning& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const GetBucketCors& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const PutBucketCors& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const DeleteBucketCors& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const GetTagging& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const PutTagging& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const DeleteTagging& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const GetAcl& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const PutAcl& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const ListObjects& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const ListObjectsV2& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who,
                          const ListObjectVersions& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const DeleteObjects& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const PutObject& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const CopyObject& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const GetObject& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who,
                          const GetObjectAttributes& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const DeleteObject& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who,
                          const CreateMultipartUpload& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const UploadPart& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const UploadPartCopy& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who,
                          const CompleteMultipartUpload& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who,
                          const AbortMultipartUpload& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const ListParts& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who,
                          const ListMultipartUploads& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const WithdrawTickets& operation);
net::Task<Outcome> handle(Call& call, const Authenticated& who, const ReportFetches& operation);

// What several of them share.

// The bucket, if it is there and belongs to the signer: NoSuchBucket, AccessDenied.
std::expected<std::shared_ptr<const storage::BucketInfo>, Failure> own_bucket(
    const storage::Store& store, const Authenticated& who, std::string_view name);

// A body of at most `limit` bytes, decoded, that is all that its request claims of it
// (integrity.hpp).
net::Task<std::expected<std::string, Failure>> read_body(Call& call, BodyClaims claims,
                                                         std::size_t limit);
// The same with body_claims(). `required`: InvalidRequest where the request claims nothing of it.
enum class Claim { optional, required };
net::Task<std::expected<std::string, Failure>> read_document(Call& call, const Authenticated& who,
                                                             std::size_t limit, Claim claim);
// The same for what is of a bucket, which is still there and the signer's when the body has come.
net::Task<std::expected<std::string, Failure>> read_document(Call& call, const Authenticated& who,
                                                             const s3::BucketName& bucket,
                                                             std::size_t limit, Claim claim);
// The body of an operation that takes none: it counts for nothing, and must yet be what was signed.
net::Task<Outcome> skip_body(Call& call, const Authenticated& who);

// "COMPOSITE" or "FULL_OBJECT".
std::string checksum_type(const storage::ObjectChecksum& checksum);
// x-amz-checksum-* and its type.
void add_checksum(net::Headers& headers, const storage::ObjectChecksum& checksum);

// x-amz-copy-source, of a bucket of the signer: InvalidArgument, NoSuchVersion, and those of
// own_bucket().
std::expected<s3::CopySource, Failure> copy_source(const Call& call, const Authenticated& who);
// x-amz-copy-source-if-*: 412 where one does not hold, never 304.
Outcome check_copy_source(const sigv4::SignedFields& fields, const storage::ObjectInfo& info,
                          UnixSeconds now);

// An ETag as it goes onto the wire.
std::string quoted(std::string_view etag);

}  // namespace signpost::s3server
