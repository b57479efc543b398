#include "s3/checksum.hpp"

#include <utility>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "s3/crc32c.hpp"

namespace signpost::s3 {
namespace {

constexpr std::string_view header_prefix = "x-amz-checksum-";

// Tables for a reflected polynomial, eight bytes a step ("slicing by eight").
template <class Word>
using Tables = std::array<std::array<Word, 256>, 8>;

template <class Word>
constexpr Tables<Word> make_tables(Word reflected_polynomial) {
  Tables<Word> tables{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    Word crc = static_cast<Word>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? reflected_polynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t slice = 1; slice < 8; ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      Word before = tables[slice - 1][byte];
      tables[slice][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

// The polynomials bit-reversed: 0x04C11DB7, 0xAD93D23594C93659.
constexpr auto crc32_tables = make_tables<std::uint32_t>(0xEDB88320u);
constexpr auto crc64nvme_tables = make_tables<std::uint64_t>(0x9A6C9329AC4BC9B5ull);

template <class Word>
Word crc_update(const Tables<Word>& tables, Word crc, std::string_view bytes) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = crc;
    for (int i = 0; i < 8; ++i) word ^= std::uint64_t{at[i]} << (8 * i);
    crc = 0;
    for (std::size_t i = 0; i < 8; ++i) crc ^= tables[7 - i][(word >> (8 * i)) & 0xFF];
  }
  for (; left > 0; --left, ++at) crc = (crc >> 8) ^ tables[0][(crc ^ *at) & 0xFF];
  return crc;
}

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
      state_ = crc_update(crc32_tables, std::get<std::uint32_t>(state_), bytes);
      break;
    case ChecksumAlgorithm::CRC32C:
      state_ = crc32c(bytes, std::get<std::uint32_t>(state_));
      break;
    case ChecksumAlgorithm::CRC64NVME:
      state_ = crc_update(crc64nvme_tables, std::get<std::uint64_t>(state_), bytes);
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
