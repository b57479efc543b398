#pragma once

#include <openssl/sha.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace signpost::s3 {

// "Checking object integrity" of the S3 User Guide.
enum class ChecksumAlgorithm { CRC32, CRC32C, CRC64NVME, SHA1, SHA256 };
inline constexpr std::array checksum_algorithms = {
    ChecksumAlgorithm::CRC32, ChecksumAlgorithm::CRC32C, ChecksumAlgorithm::CRC64NVME,
    ChecksumAlgorithm::SHA1, ChecksumAlgorithm::SHA256};

// What S3 computes of an object when nobody asks for another one.
inline constexpr ChecksumAlgorithm default_checksum = ChecksumAlgorithm::CRC64NVME;

// "CRC32C": ChecksumAlgorithm in documents, x-amz-sdk-checksum-algorithm.
std::string_view name(ChecksumAlgorithm algorithm);
// "x-amz-checksum-crc32c".
std::string_view header_name(ChecksumAlgorithm algorithm);
std::size_t digest_bytes(ChecksumAlgorithm algorithm);
// Without regard to case.
std::optional<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view text);
// The algorithm of a field "x-amz-checksum-...", without regard to case; nothing for other fields.
std::optional<ChecksumAlgorithm> checksum_of_header(std::string_view field_name);

// A value as it stands on the wire: base64 of the digest, big-endian.
struct ChecksumValue {
  ChecksumAlgorithm algorithm;
  std::string base64;
  // Nothing where the text is no base64 of as many bytes as the algorithm gives.
  static std::optional<ChecksumValue> parse(ChecksumAlgorithm algorithm, std::string_view text);
  friend bool operator==(const ChecksumValue&, const ChecksumValue&) = default;
};

// Computes one checksum over bytes that come in pieces.
class Checksum {
 public:
  explicit Checksum(ChecksumAlgorithm algorithm);
  Checksum& update(std::string_view bytes);
  // The digest's bytes, big-endian. The object may not be used again.
  std::string finish();
  ChecksumAlgorithm algorithm() const { return algorithm_; }

 private:
  ChecksumAlgorithm algorithm_;
  std::variant<std::uint32_t, std::uint64_t, SHA_CTX, SHA256_CTX> state_;
};

}  // namespace signpost::s3
