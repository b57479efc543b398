#include "s3server/router.hpp"

#include <gtest/gtest.h>

#include "base/try.hpp"
#include "s3server/query_parameters.hpp"

namespace signpost::s3server {
namespace {

std::expected<Operation, s3::Error> routed(std::string_view method, std::string_view path,
                                           std::string_view query = {}, bool copy = false) {
  TRY(const Address address, resolve_address(path, "127.0.0.1:9000", "s3.example.com"));
  return route({method, query, copy}, address);
}

template <class T>
T as(std::string_view method, std::string_view path, std::string_view query = {},
     bool copy = false) {
  auto operation = routed(method, path, query, copy);
  EXPECT_TRUE(operation) << method << " " << path << "?" << query << ": "
                         << (operation ? "" : s3::info(operation.error().code).code);
  EXPECT_TRUE(operation && std::holds_alternative<T>(*operation))
      << method << " " << path << "?" << query;
  return std::get<T>(*operation);
}

s3::ErrorCode refusal(std::string_view method, std::string_view path, std::string_view query = {}) {
  auto operation = routed(method, path, query);
  EXPECT_FALSE(operation) << method << " " << path << "?" << query;
  return operation ? s3::ErrorCode::InternalError : operation.error().code;
}

TEST(Router, Addresses) {
  auto path_style = [](std::string_view path) {
    return *resolve_address(path, "127.0.0.1:9000", "s3.example.com");
  };
  EXPECT_EQ(path_style("/"), (Address{"", ""}));
  EXPECT_EQ(path_style("/b"), (Address{"b", ""}));
  EXPECT_EQ(path_style("/b/"), (Address{"b", ""}));
  EXPECT_EQ(path_style("/b/k"), (Address{"b", "k"}));
  EXPECT_EQ(path_style("/b//k/"), (Address{"b", "/k/"}));
  EXPECT_EQ(path_style("/b/../c"), (Address{"b", "../c"}));
  EXPECT_EQ(path_style("/b/a+b%20c%2Fd"), (Address{"b", "a+b c/d"}));
  EXPECT_EQ(path_style("/b%2Fk"), (Address{"b", "k"}));
  EXPECT_FALSE(resolve_address("/b/%zz", "h", ""));
  EXPECT_FALSE(resolve_address("*", "h", ""));
}

TEST(Router, WithdrawalsAreABucketsAndPosted) {
  EXPECT_EQ(as<WithdrawTickets>("POST", "/photos", "signpost-withdrawals").bucket.str(), "photos");
  EXPECT_EQ(refusal("POST", "/", "signpost-withdrawals"), s3::ErrorCode::NotImplemented);
  EXPECT_EQ(refusal("POST", "/photos/k", "signpost-withdrawals"), s3::ErrorCode::NotImplemented);
  for (const char* method : {"GET", "PUT", "DELETE", "HEAD"})
    EXPECT_EQ(refusal(method, "/photos", "signpost-withdrawals"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("POST", "/photos", "signpost-withdrawals&delete"),
            s3::ErrorCode::InvalidArgument);
}

TEST(Router, VirtualHosts) {
  auto on = [](std::string_view host) { return *resolve_address("/k/l", host, "s3.example.com"); };
  EXPECT_EQ(on("bucket.s3.example.com"), (Address{"bucket", "k/l"}));
  EXPECT_EQ(on("BUCKET.S3.Example.com:9000"), (Address{"bucket", "k/l"}));
  EXPECT_EQ(on("a.b.s3.example.com"), (Address{"a.b", "k/l"}));
  EXPECT_EQ(on("s3.example.com"), (Address{"k", "l"}));
  EXPECT_EQ(on("bucket.other.com"), (Address{"k", "l"}));
  EXPECT_EQ(on("buckets3.example.com"), (Address{"k", "l"}));
  EXPECT_EQ(on("[::1]:9000"), (Address{"k", "l"}));
  EXPECT_EQ(*resolve_address("/", "b.s3.example.com", "s3.example.com"), (Address{"b", ""}));
}

TEST(Router, Operations) {
  as<ListBuckets>("GET", "/");
  EXPECT_EQ(as<CreateBucket>("PUT", "/bucket").bucket.str(), "bucket");
  as<HeadBucket>("HEAD", "/bucket/");
  as<DeleteBucket>("DELETE", "/bucket");
  as<GetBucketLocation>("GET", "/bucket", "location");
  as<GetBucketVersioning>("GET", "/bucket", "versioning=");
  as<GetBucketCors>("GET", "/bucket", "cors");
  as<PutBucketCors>("PUT", "/bucket", "cors");
  as<DeleteBucketCors>("DELETE", "/bucket", "cors");
  as<GetAcl>("GET", "/bucket", "acl");
  as<PutAcl>("PUT", "/bucket/key", "acl");
  as<ListObjects>("GET", "/bucket");
  as<ListObjectVersions>("GET", "/bucket", "versions");
  as<DeleteObjects>("POST", "/bucket", "delete");
  as<PutObject>("PUT", "/bucket/key");
  as<CopyObject>("PUT", "/bucket/key", "", true);
  EXPECT_FALSE(as<GetObject>("GET", "/bucket/key", "x-id=GetObject").head);
  EXPECT_TRUE(as<GetObject>("HEAD", "/bucket/key").head);
  as<DeleteObject>("DELETE", "/bucket/key", "versionId=null");
  EXPECT_EQ(as<GetObject>("GET", "/bucket/a%20b/../c").key.str(), "a b/../c");
}

TEST(Router, WhatTheStoreLacksIsNeverThePlainOperation) {
  for (std::string_view query : {"policy", "lifecycle", "website", "replication", "inventory"}) {
    for (std::string_view method : {"GET", "PUT", "DELETE"})
      EXPECT_EQ(refusal(method, "/bucket", query), s3::ErrorCode::NotImplemented) << query;
    EXPECT_EQ(refusal("POST", "/bucket", query), s3::ErrorCode::MethodNotAllowed) << query;
    // S3 has none of them of an object.
    for (std::string_view method : {"GET", "PUT", "POST", "DELETE"})
      EXPECT_EQ(refusal(method, "/bucket/key", query), s3::ErrorCode::NotImplemented) << query;
  }
  for (std::string_view query : {"retention", "legal-hold"}) {
    for (std::string_view method : {"GET", "PUT"})
      EXPECT_EQ(refusal(method, "/bucket/key", query), s3::ErrorCode::NotImplemented) << query;
    for (std::string_view method : {"POST", "DELETE"})
      EXPECT_EQ(refusal(method, "/bucket/key", query), s3::ErrorCode::MethodNotAllowed) << query;
  }
  EXPECT_EQ(refusal("POST", "/bucket"), s3::ErrorCode::PreconditionFailed);  // no form
  EXPECT_EQ(refusal("GET", "/", "policy"), s3::ErrorCode::NotImplemented);
}

TEST(Router, NoSubresourceHasAHead) {
  for (std::string_view query : {"acl", "cors", "policy", "uploads", "versioning", "versions",
                                 "location", "session", "torrent", "uploadId=u", "attributes"}) {
    for (std::string_view path : {"/", "/bucket", "/bucket/key"})
      EXPECT_EQ(refusal("HEAD", path, query), s3::ErrorCode::MethodNotAllowed) << path << query;
  }
}

TEST(Router, TagsAndAttributes) {
  EXPECT_FALSE(as<GetTagging>("GET", "/bucket", "tagging").key);
  EXPECT_EQ(as<PutTagging>("PUT", "/bucket/key", "tagging").key->str(), "key");
  as<DeleteTagging>("DELETE", "/bucket/key", "tagging=");
  as<GetObjectAttributes>("GET", "/bucket/key", "attributes");
  EXPECT_EQ(refusal("POST", "/bucket/key", "tagging"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("POST", "/bucket", "tagging"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("PUT", "/bucket/key", "attributes"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("GET", "/bucket", "attributes"), s3::ErrorCode::NotImplemented);
  EXPECT_EQ(refusal("GET", "/bucket/key", "tagging&versionId=1"), s3::ErrorCode::NoSuchVersion);
  static_assert(only_reads<GetTagging> && !only_reads<PutTagging> && !only_reads<CopyObject>);
}

TEST(Router, MultipartUploads) {
  as<CreateMultipartUpload>("POST", "/bucket/key", "uploads");
  as<ListMultipartUploads>("GET", "/bucket", "uploads&prefix=a");
  auto part = as<UploadPart>("PUT", "/bucket/key", "uploadId=u&partNumber=10000");
  EXPECT_EQ(part.part_number, 10'000u);
  EXPECT_EQ(part.upload_id, "u");
  as<UploadPartCopy>("PUT", "/bucket/key", "partNumber=1&uploadId=u", true);
  as<CompleteMultipartUpload>("POST", "/bucket/key", "uploadId=u");
  as<AbortMultipartUpload>("DELETE", "/bucket/key", "uploadId=u");
  EXPECT_EQ(as<ListParts>("GET", "/bucket/key", "uploadId=u&max-parts=5").max_parts, 5u);
  EXPECT_EQ(as<GetObject>("HEAD", "/bucket/key", "partNumber=3").part_number, 3u);
  // Never the plain operation.
  EXPECT_EQ(refusal("PUT", "/bucket/key", "partNumber=1"), s3::ErrorCode::InvalidArgument);
  EXPECT_EQ(refusal("PUT", "/bucket/key", "uploads"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("DELETE", "/bucket/key", "uploadId=u&partNumber=1"),
            s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("PUT", "/bucket/key", "uploadId=u"), s3::ErrorCode::InvalidArgument);
  EXPECT_EQ(refusal("PUT", "/bucket/key", "uploadId=u&acl"), s3::ErrorCode::InvalidArgument);
  EXPECT_EQ(refusal("PUT", "/bucket/key", "acl&uploadId=u&partNumber=1"),
            s3::ErrorCode::InvalidArgument);
}

TEST(Router, WrongMethods) {
  EXPECT_EQ(refusal("POST", "/"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("DELETE", "/"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("POST", "/bucket/key"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("PATCH", "/bucket/key"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("TRACE", "/bucket"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("get", "/bucket"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("POST", "/bucket", "location"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("DELETE", "/bucket/key", "acl"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("DELETE", "/bucket", "acl"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("DELETE", "/bucket", "uploads"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("PUT", "/bucket", "versions"), s3::ErrorCode::MethodNotAllowed);
  EXPECT_EQ(refusal("PUT", "/bucket", "versioning"), s3::ErrorCode::NotImplemented);
  EXPECT_EQ(refusal("DELETE", "/bucket", "versioning"), s3::ErrorCode::MethodNotAllowed);
}

TEST(Router, BadNames) {
  EXPECT_EQ(refusal("PUT", "/AB"), s3::ErrorCode::InvalidBucketName);
  EXPECT_EQ(refusal("PUT", "/%2e%2e"), s3::ErrorCode::InvalidBucketName);
  EXPECT_EQ(refusal("GET", "//bucket"), s3::ErrorCode::InvalidBucketName);
  EXPECT_EQ(refusal("PUT", "/bucket/" + std::string(1025, 'k')), s3::ErrorCode::KeyTooLongError);
  EXPECT_EQ(refusal("PUT", "/bucket/a%00"), s3::ErrorCode::InvalidArgument);
  EXPECT_EQ(refusal("PUT", "/bucket/%ff"), s3::ErrorCode::InvalidArgument);
  EXPECT_EQ(refusal("PUT", "/bucket/%ed%a0%80"), s3::ErrorCode::InvalidArgument);
  EXPECT_EQ(refusal("PUT", "/bucket/%"), s3::ErrorCode::InvalidURI);
  EXPECT_EQ(refusal("GET", "/bucket/key", "versionId=abc"), s3::ErrorCode::NoSuchVersion);
  EXPECT_EQ(refusal("GET", "/bucket/key", "versionId="), s3::ErrorCode::InvalidArgument);
}

TEST(Router, ListParameters) {
  auto list = as<ListObjectsV2>("GET", "/bucket",
                                "list-type=2&prefix=a%2Fb&delimiter=/&max-keys=5000&"
                                "encoding-type=url&start-after=q&continuation-token=t&"
                                "fetch-owner=true");
  EXPECT_EQ(list.list.prefix, "a/b");
  EXPECT_EQ(list.list.delimiter, "/");
  EXPECT_EQ(list.list.max_keys, 1000u);
  EXPECT_TRUE(list.list.url_encoding);
  EXPECT_EQ(list.start_after, "q");
  EXPECT_EQ(list.continuation_token, "t");
  EXPECT_TRUE(list.fetch_owner);
  EXPECT_EQ(as<ListObjects>("GET", "/bucket", "max-keys=0").list.max_keys, 0u);
  EXPECT_EQ(as<ListObjects>("GET", "/bucket", "delimiter=").list.delimiter, std::nullopt);
  EXPECT_EQ(as<ListObjects>("GET", "/bucket", "max-keys=2147483647").list.max_keys, 1000u);
  for (std::string_view bad : {"max-keys=-1", "max-keys=x", "max-keys=2147483648", "list-type=3",
                               "encoding-type=xml", "prefix=a&prefix=b"}) {
    EXPECT_EQ(refusal("GET", "/bucket", bad), s3::ErrorCode::InvalidArgument) << bad;
  }
  std::string longest = "delimiter=" + std::string(2000, 'd');
  EXPECT_EQ(refusal("GET", "/bucket", longest), s3::ErrorCode::InvalidArgument);
}

TEST(Router, ResponseOverrides) {
  auto get = as<GetObject>("GET", "/bucket/key",
                           "response-content-type=text%2Fplain&response-content-disposition="
                           "attachment%3B%20filename%3D%22a%2Bb%22");
  ASSERT_EQ(get.overrides.size(), 2);
  EXPECT_EQ(get.overrides[0].field, "content-type");
  EXPECT_EQ(get.overrides[0].value, "text/plain");
  EXPECT_EQ(get.overrides[1].field, "content-disposition");
  EXPECT_EQ(get.overrides[1].value, "attachment; filename=\"a+b\"");
  for (std::string_view bad :
       {"response-content-type=a%0d%0aSet-Cookie:%20x", "response-expires=a%0ab",
        "response-cache-control=%7f", "response-content-language=%20en"}) {
    EXPECT_EQ(refusal("GET", "/bucket/key", bad), s3::ErrorCode::InvalidArgument) << bad;
  }
}

TEST(QueryParameters, APlusIsAPlus) {
  auto query = QueryParameters::parse("a+b=c+d&e&f=g=h&&i=%26");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->get("a+b"), "c+d");
  EXPECT_EQ(query->get("e"), "");
  EXPECT_EQ(query->get("f"), "g=h");
  EXPECT_EQ(query->get("i"), "&");
  EXPECT_EQ(QueryParameters::parse("%c3%a9=%e2%82%ac")->get("é"), "€");
  EXPECT_EQ(query->all().size(), 4u);
  // The last two: a letter of two bytes, one in a name and one in a value or in the next name.
  for (std::string_view bad : {"a=%", "a=%0", "%zz", "a=%ff", "a=%00", "%c3=%a9", "a=%c3&%a9=b"}) {
    ASSERT_FALSE(QueryParameters::parse(bad)) << bad;
    EXPECT_EQ(QueryParameters::parse(bad).error().code, s3::ErrorCode::InvalidURI);
  }
  EXPECT_EQ(QueryParameters::parse("a=1&%61=1").error().code, s3::ErrorCode::InvalidArgument);
  std::string many = "%61=0";
  for (int i = 1; i < 40; ++i) many += "&a" + std::to_string(i) + "=%3d";
  EXPECT_EQ(QueryParameters::parse(many)->get("a39"), "=");
  EXPECT_EQ(QueryParameters::parse(many + "&a").error().code, s3::ErrorCode::InvalidArgument);
}

TEST(QueryParameters, LeavesOutWhatMakesASignature) {
  auto query = QueryParameters::parse(
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k%2F20261128&X-Amz-Date=d&tagging&"
      "X-Amz-Expires=1&X-Amz-Security-Token=t&X-Amz-SignedHeaders=host&X-Amz-Signature=s&"
      "x-amz-signature=a&X-Amz-Content-Sha256=b&X-Amz-Signatures=c");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->all().size(), 4u);
  EXPECT_TRUE(query->has("tagging"));
  EXPECT_EQ(query->get("x-amz-signature"), "a");
  EXPECT_EQ(query->get("X-Amz-Content-Sha256"), "b");
  EXPECT_EQ(query->get("X-Amz-Signatures"), "c");
}

}  // namespace
}  // namespace signpost::s3server
