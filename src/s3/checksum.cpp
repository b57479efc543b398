#include "s3/checksum.hpp"

#include <utility>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "s3/crc32c.hpp"
#include "s3/crc_fold.hpp"

namespace signpost::s3 {
namespace {

constexpr std::string_view header_prefix = "x-amz-checksum-";

template <class Word>
std::string big_endian(Word word) {
  std::string out(sizeof(Word), '\0');
  for (std::size_t i = 0; i < sizeof(Word); ++i)
    out[i] = static_cast<char>((word >> (8 * (sizeof(Word) - 1 - i))) & 0xFF);
  return out;
}

}  // namespace

std::string_view name(ChecksumAlgorithm algorithm) {
  switch (algorithm) {
    case ChecksumAlgorithm::CRC32:
      return "CRC32";
    case ChecksumAlgorithm::CRC32C:
      return "CRC32C";
    case ChecksumAlgorithm::CRC64NVME:
      return "CRC64NVME";
    case ChecksumAlgorithm::SHA1:
      return "SHA1";
    case ChecksumAlgorithm::SHA256:
      return "SHA256";
  }
  std::unreachable();
}

std::string_view header_name(ChecksumAlgorithm algorithm) {
  switch (algorithm) {
    case ChecksumAlgorithm::CRC32:
      return "x-amz-checksum-crc32";
    case ChecksumAlgorithm::CRC32C:
      return "x-amz-checksum-crc32c";
    case ChecksumAlgorithm::CRC64NVME:
      return "x-amz-checksum-crc64nvme";
    case ChecksumAlgorithm::SHA1:
      return "x-amz-checksum-sha1";
    case ChecksumAlgorithm::SHA256:
      return "x-amz-checksum-sha256";
  }
  std::unreachable();
}

std::size_t digest_bytes(ChecksumAlgorithm algorithm) {
  switch (algorithm) {
    case ChecksumAlgorithm::CRC32:
    case ChecksumAlgorithm::CRC32C:
      return 4;
    case ChecksumAlgorithm::CRC64NVME:
      return 8;
    case ChecksumAlgorithm::SHA1:
      return 20;
    case ChecksumAlgorithm::SHA256:
      return 32;
  }
  std::unreachable();
}

std::optional<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view text) {
  for (ChecksumAlgorithm algorithm : checksum_algorithms) {
    if (equal_ignoring_case(name(algorithm), text)) return algorithm;
  }
  return std::nullopt;
}

std::optional<ChecksumAlgorithm> checksum_of_header(std::string_view field_name) {
  if (field_name.size() <= header_prefix.size() ||
      !equal_ignoring_case(field_name.substr(0, header_prefix.size()), header_prefix))
    return std::nullopt;
  return parse_checksum_algorithm(field_name.substr(header_prefix.size()));
}

std::optional<ChecksumValue> ChecksumValue::parse(ChecksumAlgorithm algorithm,
                                                  std::string_view text) {
  auto bytes = base64_decode(text);
  if (!bytes || bytes->size() != digest_bytes(algorithm)) return std::nullopt;
  return ChecksumValue{algorithm, std::string(text)};
}

Checksum::Checksum(ChecksumAlgorithm algorithm) : algorithm_(algorithm) {
  switch (algorithm) {
    case ChecksumAlgorithm::CRC32:
      state_ = ~std::uint32_t{0};
      break;
    case ChecksumAlgorithm::CRC32C:
      state_ = std::uint32_t{0};
      break;
    case ChecksumAlgorithm::CRC64NVME:
      state_ = ~std::uint64_t{0};
      break;
    case ChecksumAlgorithm::SHA1:
      SHA1_Init(&state_.emplace<SHA_CTX>());
      break;
    case ChecksumAlgorithm::SHA256:
      SHA256_Init(&state_.emplace<SHA256_CTX>());
      break;
  }
}

Checksum& Checksum::update(std::string_view bytes) {
  switch (algorithm_) {
    case ChecksumAlgorithm::CRC32:
      state_ = update_crc32(std::get<std::uint32_t>(state_), bytes);
      break;
    case ChecksumAlgorithm::CRC32C:
      state_ = crc32c(bytes, std::get<std::uint32_t>(state_));
      break;
    case ChecksumAlgorithm::CRC64NVME:
      state_ = update_crc64nvme(std::get<std::uint64_t>(state_), bytes);
      break;
    case ChecksumAlgorithm::SHA1:
      SHA1_Update(&std::get<SHA_CTX>(state_), bytes.data(), bytes.size());
      break;
    case ChecksumAlgorithm::SHA256:
      SHA256_Update(&std::get<SHA256_CTX>(state_), bytes.data(), bytes.size());
      break;
  }
  return *this;
}

std::string Checksum::finish() {
  switch (algorithm_) {
    case ChecksumAlgorithm::CRC32:
      return big_endian(~std::get<std::uint32_t>(state_));
    case ChecksumAlgorithm::CRC32C:
      return big_endian(std::get<std::uint32_t>(state_));
    case ChecksumAlgorithm::CRC64NVME:
      return big_endian(~std::get<std::uint64_t>(state_));
    case ChecksumAlgorithm::SHA1: {
      std::string out(20, '\0');
      SHA1_Final(reinterpret_cast<unsigned char*>(out.data()), &std::get<SHA_CTX>(state_));
      return out;
    }
    case ChecksumAlgorithm::SHA256: {
      std::string out(32, '\0');
      SHA256_Final(reinterpret_cast<unsigned char*>(out.data()), &std::get<SHA256_CTX>(state_));
      return out;
    }
  }
  std::unreachable();
}

}  // namespace signpost::s3
