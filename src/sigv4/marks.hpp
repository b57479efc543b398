#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

// Internal to sigv4.
namespace signpost::sigv4 {

// The bytes of a text that are neither letters, digits, one of "-._~", nor one of `kept`: where
// they stand, from the front. Sixteen bytes are looked at together, and most have none.
template <char... kept>
class Marks {
 public:
  explicit Marks(std::string_view text) : text_(text) {}

  // The place of the next one; the text's size where there is none left.
  std::size_t next() {
    while (here_ == 0) {
      block_ = seen_;
      const std::size_t left = text_.size() - seen_;
      if (left >= at_once) {
        here_ = bits(load<Bytes>(text_.data() + seen_));
        seen_ += at_once;
      } else if (left > 0) {
        here_ = look_at_last(left);
        seen_ += left;
      } else {
        return seen_;
      }
    }
    const std::size_t place = block_ + static_cast<std::size_t>(std::countr_zero(here_));
    here_ &= here_ - 1;
    return place;
  }

 private:
  static constexpr std::size_t at_once = 16;
  using Bytes [[gnu::vector_size(at_once)]] = std::uint8_t;

  // Of the last bytes, fewer than sixteen, a bit each.
  [[gnu::noinline]] std::uint32_t look_at_last(std::size_t left) const {
    const char* const end = text_.data() + text_.size();
    if (text_.size() >= at_once) return bits(load<Bytes>(end - at_once)) >> (at_once - left);
    return look_at_few(text_.data(), left);
  }

  // A text of one to fifteen bytes, from both its ends: some of them are looked at twice.
  static std::uint32_t look_at_few(const char* at, std::size_t size) {
    const auto joined = [](std::uint32_t found, std::size_t each, std::size_t second) {
      const std::uint32_t first = (1u << each) - 1;
      return (found & first) | ((found >> each & first) << second);
    };
    if (size >= 8) {
      using Words [[gnu::vector_size(at_once)]] = std::uint64_t;
      const Words ends{load<std::uint64_t>(at), load<std::uint64_t>(at + size - 8)};
      return joined(bits(reinterpret_cast<Bytes>(ends)), 8, size - 8);
    }
    if (size >= 4) {
      using Words [[gnu::vector_size(at_once)]] = std::uint32_t;
      const Words ends{load<std::uint32_t>(at), load<std::uint32_t>(at + size - 4)};
      return joined(bits(reinterpret_cast<Bytes>(ends)), 4, size - 4);
    }
    Bytes bytes{};
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(at[i]);
    return bits(bytes) & ((1u << size) - 1);
  }

  template <class T>
  static T load(const char* at) {
    T out;
    std::memcpy(&out, at, sizeof out);
    return out;
  }

  // A bit for each byte that is one.
  static std::uint32_t bits(Bytes bytes) {
    const Bytes found = others(bytes);
#ifdef __SSE2__
    return static_cast<std::uint32_t>(_mm_movemask_epi8(reinterpret_cast<__m128i>(found)));
#else
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < at_once; ++i) out |= static_cast<std::uint32_t>(found[i] & 1) << i;
    return out;
#endif
  }

  // All bits of each byte that is one.
  static Bytes others(Bytes c) {
    const auto letter_or_digit = ((c | 0x20) - 'a' < 26) | (c - '0' < 10);
    const auto mark = (c == '-') | (c == '.') | (c == '_') | (c == '~');
    const auto plain = letter_or_digit | mark;
    return reinterpret_cast<Bytes>(~(plain | ... | (c == kept)));
  }

  std::string_view text_;
  std::size_t seen_ = 0;    // how much of it was looked at
  std::size_t block_ = 0;   // where the bytes stand that were looked at last
  std::uint32_t here_ = 0;  // those of them that next() has not given yet
};

}  // namespace signpost::sigv4
