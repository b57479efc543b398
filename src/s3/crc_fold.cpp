#include "s3/crc_fold.hpp"

#include <immintrin.h>

#include <array>
#include <cstring>

namespace signpost::s3 {
namespace {

// Eight bytes a step ("slicing by eight").
template <class Word>
using Tables = std::array<std::array<Word, 256>, 8>;

template <class Word>
constexpr Word times_x(Word value, Word polynomial) {
  return static_cast<Word>((value >> 1) ^ ((value & 1) != 0 ? polynomial : 0));
}

template <class Word>
constexpr Tables<Word> make_tables(Word polynomial) {
  Tables<Word> tables{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    Word crc = static_cast<Word>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = times_x(crc, polynomial);
    tables[0][byte] = crc;
  }
  for (std::size_t slice = 1; slice < 8; ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const Word before = tables[slice - 1][byte];
      tables[slice][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

// x^n modulo the polynomial, as the 64 coefficients from x^63 down to x^0 that a register holds
// from its lowest bit up.
template <class Word>
constexpr std::uint64_t power_of_x(unsigned n, Word polynomial) {
  constexpr unsigned bits = 8 * sizeof(Word);
  Word value = Word{1} << (bits - 1);
  for (; n > 0; --n) value = times_x(value, polynomial);
  return std::uint64_t{value} << (64 - bits);
}

// What a CRC needs; the polynomial with its coefficients from x^0 up, reflected.
template <class Word>
struct Crc {
  explicit constexpr Crc(Word polynomial)
      : tables(make_tables(polynomial)),
        past_128{power_of_x(128 + 64 - 1, polynomial), power_of_x(128 - 1, polynomial)},
        past_512{power_of_x(512 + 64 - 1, polynomial), power_of_x(512 - 1, polynomial)} {}
  Tables<Word> tables;
  // What moves the first and the second eight bytes of a block that many bits ahead. One less than
  // that, because the product of two reflected registers is off by one.
  std::array<std::uint64_t, 2> past_128;
  std::array<std::uint64_t, 2> past_512;

  Word by_tables(Word state, std::string_view bytes) const {
    const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t left = bytes.size();
    for (; left >= 8; left -= 8, at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, sizeof word);
      word ^= state;
      state = 0;
      for (std::size_t i = 0; i < 8; ++i) state ^= tables[7 - i][(word >> (8 * i)) & 0xFF];
    }
    for (; left > 0; --left, ++at) state = (state >> 8) ^ tables[0][(state ^ *at) & 0xFF];
    return state;
  }
};

constexpr Crc<std::uint32_t> crc32(0xEDB88320u);
constexpr Crc<std::uint64_t> crc64nvme(0x9A6C9329AC4BC9B5ull);

constexpr std::size_t block_bytes = 16;
constexpr std::size_t stride_bytes = 4 * block_bytes;

__attribute__((target("pclmul"))) __m128i load(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

__attribute__((target("pclmul"))) __m128i fold(__m128i block, __m128i powers, __m128i next) {
  const __m128i first = _mm_clmulepi64_si128(block, powers, 0x00);
  const __m128i second = _mm_clmulepi64_si128(block, powers, 0x11);
  return _mm_xor_si128(_mm_xor_si128(first, second), next);
}

__m128i pair(const std::array<std::uint64_t, 2>& powers) {
  return _mm_set_epi64x(static_cast<long long>(powers[1]), static_cast<long long>(powers[0]));
}

// Folds the message, four blocks side by side, into one block that has the same CRC (V. Gopal et
// al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction"); the tables do
// the rest. At least stride_bytes.
template <class Word>
__attribute__((target("pclmul"))) Word by_folding(const Crc<Word>& crc, Word state,
                                                  std::string_view bytes) {
  std::array<__m128i, 4> lanes;
  for (std::size_t i = 0; i < 4; ++i) lanes[i] = load(bytes.data() + i * block_bytes);
  lanes[0] = _mm_xor_si128(lanes[0], _mm_set_epi64x(0, static_cast<long long>(state)));
  bytes.remove_prefix(stride_bytes);
  const __m128i past_512 = pair(crc.past_512);
  for (; bytes.size() >= stride_bytes; bytes.remove_prefix(stride_bytes))
    for (std::size_t i = 0; i < 4; ++i)
      lanes[i] = fold(lanes[i], past_512, load(bytes.data() + i * block_bytes));
  const __m128i past_128 = pair(crc.past_128);
  __m128i block = lanes[0];
  for (std::size_t i = 1; i < 4; ++i) block = fold(block, past_128, lanes[i]);
  for (; bytes.size() >= block_bytes; bytes.remove_prefix(block_bytes))
    block = fold(block, past_128, load(bytes.data()));
  std::array<char, block_bytes> folded;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(folded.data()), block);
  return crc.by_tables(crc.by_tables(0, {folded.data(), folded.size()}), bytes);
}

bool can_fold() {
  static const bool has_it = __builtin_cpu_supports("pclmul") != 0;
  return has_it;
}

template <class Word>
Word update(const Crc<Word>& crc, Word state, std::string_view bytes) {
  if (bytes.size() < stride_bytes || !can_fold()) return crc.by_tables(state, bytes);
  return by_folding(crc, state, bytes);
}

}  // namespace

std::uint32_t update_crc32(std::uint32_t state, std::string_view bytes) {
  return update(crc32, state, bytes);
}

std::uint64_t update_crc64nvme(std::uint64_t state, std::string_view bytes) {
  return update(crc64nvme, state, bytes);
}

std::uint32_t update_crc32_by_tables(std::uint32_t state, std::string_view bytes) {
  return crc32.by_tables(state, bytes);
}

std::uint64_t update_crc64nvme_by_tables(std::uint64_t state, std::string_view bytes) {
  return crc64nvme.by_tables(state, bytes);
}

}  // namespace signpost::s3
