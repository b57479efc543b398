// upload_in_chunks BUCKET KEY DATE < object: the HTTP request that uploads it, signed chunk by chunk.
#include <signpost/sigv4/aws_chunked_encoder.hpp>
#include <signpost/sigv4/sign_header.hpp>

#include <cstdlib>
#include <iostream>
#include <iterator>

namespace sigv4 = signpost::sigv4;
constexpr std::size_t chunk_bytes = 64 * 1024;

int main(int count, char** arguments) {
  const auto date = count == 4 ? sigv4::AmzDate::parse(arguments[3]) : std::nullopt;
  const auto endpoint =
      sigv4::Endpoint::parse("https://s3.amazonaws.com", sigv4::Addressing::path_style);
  const char *id = std::getenv("AWS_ACCESS_KEY_ID"), *secret = std::getenv("AWS_SECRET_ACCESS_KEY");
  if (!date || !endpoint || !id || !secret) return 2;
  const std::string object(std::istreambuf_iterator<char>(std::cin), {});

  constexpr auto kind = sigv4::PayloadKind::streaming_signed;
  const std::string size = std::to_string(object.size());
  const auto body_size = sigv4::encoded_length(kind, object.size(), chunk_bytes);
  const signpost::FieldView fields[] = {{"content-encoding", "aws-chunked"},
                                        {"x-amz-decoded-content-length", size}};
  const sigv4::HeaderSigner signer({id, signpost::Secret(secret), {}}, "us-east-1", *endpoint);
  const auto request = signer.sign({"PUT", arguments[1], arguments[2], {}, fields,
                                    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", *date});
  std::cout << "PUT " << request.target << " HTTP/1.1\r\nHost: " << request.host << "\r\n";
  for (const auto& [name, value] : request.fields) std::cout << name << ": " << value << "\r\n";
  for (const auto& [name, value] : fields) std::cout << name << ": " << value << "\r\n";
  std::cout << "Content-Length: " << body_size << "\r\n\r\n";

  sigv4::AwsChunkedEncoder encoder(kind, request.chunk_seed);
  for (std::size_t at = 0; at < object.size(); at += chunk_bytes) {
    const auto data = std::string_view(object).substr(at, chunk_bytes);
    std::cout << encoder.chunk_head(data) << data << sigv4::AwsChunkedEncoder::chunk_end;
  }
  std::cout << encoder.end();
}
