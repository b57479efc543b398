#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>
#include <stdexcept>

#include "s3server/failure.hpp"
#include "s3server/request_fields.hpp"
#include "sqlite/database.hpp"
#include "storage/file_io.hpp"

namespace signpost::s3server {
namespace {

TEST(ErrorResponse, KnowsEveryRejectionOfASignature) {
  for (int i = 0; i <= static_cast<int>(sigv4::Refusal::signature_mismatch); ++i) {
    auto refusal = static_cast<sigv4::Refusal>(i);
    auto code = s3::parse_error_code(sigv4::s3_code(refusal));
    ASSERT_TRUE(code) << sigv4::s3_code(refusal);
    EXPECT_EQ(s3::info(*code).status, sigv4::http_status(refusal)) << sigv4::s3_code(refusal);
    Failure failure = failure_of(sigv4::Rejection{refusal, "why", {{"Region", "r"}}});
    EXPECT_EQ(failure.error.code, *code);
    EXPECT_EQ(failure.error.text(), "why");
    EXPECT_EQ(failure.error.details.size(), 1u);
  }
}

TEST(ErrorResponse, KnowsEveryErrorOfAChunkedBody) {
  for (int i = 0; i <= static_cast<int>(sigv4::ChunkedError::signature_mismatch); ++i) {
    auto error = static_cast<sigv4::ChunkedError>(i);
    auto code = s3::parse_error_code(sigv4::s3_code(error));
    ASSERT_TRUE(code) << sigv4::s3_code(error);
    EXPECT_EQ(s3::info(*code).status, sigv4::http_status(error)) << sigv4::s3_code(error);
    EXPECT_EQ(failure_of(error).error.code, *code);
  }
}

TEST(ErrorResponse, AFullDiskIsNotAnInternalError) {
  auto code_of = [](const std::exception& error) { return failure_of(error).error.code; };
  EXPECT_EQ(code_of(storage::IoError(ENOSPC, "writing")), s3::ErrorCode::InsufficientStorage);
  EXPECT_EQ(code_of(storage::IoError(EDQUOT, "writing")), s3::ErrorCode::InsufficientStorage);
  EXPECT_EQ(code_of(storage::IoError(EIO, "writing")), s3::ErrorCode::ServiceUnavailable);
  EXPECT_EQ(code_of(storage::IoError(EMFILE, "opening")), s3::ErrorCode::ServiceUnavailable);
  EXPECT_EQ(code_of(sqlite::Error(SQLITE_IOERR_FSYNC, "x")), s3::ErrorCode::ServiceUnavailable);
  // What only a person can mend.
  EXPECT_EQ(code_of(storage::IoError(ENOENT, "opening")), s3::ErrorCode::InternalError);
  EXPECT_EQ(code_of(storage::DamageError("block 3")), s3::ErrorCode::InternalError);
  EXPECT_EQ(code_of(sqlite::Error(SQLITE_CORRUPT, "x")), s3::ErrorCode::InternalError);
  EXPECT_EQ(code_of(std::runtime_error("x")), s3::ErrorCode::InternalError);
  EXPECT_EQ(s3::info(s3::ErrorCode::InsufficientStorage).status, 507u);
}

TEST(ErrorResponse, FallbackKeepsTheStatusAndHidesTheCause) {
  net::Fallback fallback = error_fallback();
  for (unsigned status : {400u, 405u, 408u, 413u, 414u, 417u, 431u, 501u, 505u}) {
    net::Response response = fallback.refuse(status, "why <not>");
    EXPECT_EQ(response.status, status);
    EXPECT_TRUE(response.body.contains("<Message>why &lt;not&gt;</Message>"));
    EXPECT_TRUE(response.body.contains(*response.headers.get("x-amz-request-id")));
  }
  net::Response failed = fallback.failed(std::runtime_error("/var/lib/secret/path"));
  EXPECT_EQ(failed.status, 500u);
  EXPECT_FALSE(failed.body.contains("secret"));
}

TEST(RequestFields, AwsChunkedIsNoContentEncoding) {
  EXPECT_EQ(strip_aws_chunked("aws-chunked"), "");
  EXPECT_EQ(strip_aws_chunked("gzip, aws-chunked"), "gzip");
  EXPECT_EQ(strip_aws_chunked("AWS-Chunked,gzip,br"), "gzip, br");
  EXPECT_EQ(strip_aws_chunked("gzip"), "gzip");
}

}  // namespace
}  // namespace signpost::s3server
