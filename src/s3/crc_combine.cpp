#include "s3/crc_combine.hpp"

namespace signpost::s3 {
namespace {

// Polynomials over GF(2), reflected: the highest bit is x^0. a * b modulo the polynomial.
template <class Word>
Word multiply(Word a, Word b, Word polynomial) {
  constexpr Word one = Word{1} << (8 * sizeof(Word) - 1);
  Word product = 0;
  for (Word bit = one; bit != 0; bit >>= 1) {
    if (a & bit) product ^= b;
    b = (b & 1) ? static_cast<Word>((b >> 1) ^ polynomial) : static_cast<Word>(b >> 1);
  }
  return product;
}

// x^(8 * bytes) modulo the polynomial, by squaring.
template <class Word>
Word shift_of(std::uint64_t bytes, Word polynomial) {
  constexpr Word one = Word{1} << (8 * sizeof(Word) - 1);
  Word power = one >> 8;  // x^8
  Word shift = one;
  for (; bytes != 0; bytes >>= 1) {
    if (bytes & 1) shift = multiply(shift, power, polynomial);
    power = multiply(power, power, polynomial);
  }
  return shift;
}

template <class Word>
Word from_big_endian(std::string_view bytes) {
  Word word = 0;
  for (char byte : bytes) word = static_cast<Word>(word << 8) | static_cast<std::uint8_t>(byte);
  return word;
}

template <class Word>
std::optional<std::string> combine(std::string_view first, std::string_view second,
                                   std::uint64_t second_bytes, Word polynomial) {
  if (first.size() != sizeof(Word) || second.size() != sizeof(Word)) return std::nullopt;
  Word shifted =
      multiply(shift_of(second_bytes, polynomial), from_big_endian<Word>(first), polynomial);
  Word crc = shifted ^ from_big_endian<Word>(second);
  std::string out(sizeof(Word), '\0');
  for (std::size_t i = 0; i < sizeof(Word); ++i)
    out[i] = static_cast<char>((crc >> (8 * (sizeof(Word) - 1 - i))) & 0xFF);
  return out;
}

}  // namespace

std::optional<std::string> combine_crc(ChecksumAlgorithm algorithm, std::string_view first,
                                       std::string_view second, std::uint64_t second_bytes) {
  switch (algorithm) {
    case ChecksumAlgorithm::CRC32:
      return combine<std::uint32_t>(first, second, second_bytes, 0xEDB88320u);
    case ChecksumAlgorithm::CRC32C:
      return combine<std::uint32_t>(first, second, second_bytes, 0x82F63B78u);
    case ChecksumAlgorithm::CRC64NVME:
      return combine<std::uint64_t>(first, second, second_bytes, 0x9A6C9329AC4BC9B5ull);
    case ChecksumAlgorithm::SHA1:
    case ChecksumAlgorithm::SHA256:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace signpost::s3
