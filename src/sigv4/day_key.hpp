#pragma once

#include <openssl/crypto.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>
#include <string_view>

#include "sigv4/signing_key.hpp"

namespace signpost::sigv4 {

// Keeps the signing key of the last day asked for: it changes with the day alone. Any thread may
// call at any time; while the day stays the same nobody waits, and nobody writes to memory that
// others read. Internal to sigv4.
//
// A reader copies the words and throws the copy away where `version_` was odd, or has changed since
// (a sequence lock, with atomic words so that there is no data race).
class DayKey {
 public:
  DayKey() = default;
  ~DayKey() { OPENSSL_cleanse(static_cast<void*>(words_.data()), sizeof words_); }

  // What make() returns for that day ("20130524"), now or before.
  template <class Make>
  SigningKey get(std::string_view day, Make make) {
    std::uint64_t wanted;
    std::memcpy(&wanted, day.data(), sizeof wanted);
    if (auto kept = read(wanted)) return *kept;
    const SigningKey made = make();
    write(wanted, made.words());
    return made;
  }

 private:
  static constexpr std::size_t key_words = std::tuple_size_v<SigningKey::Words>;

  std::optional<SigningKey> read(std::uint64_t wanted) const {
    const std::uint64_t version = version_.load(std::memory_order_acquire);
    if (version % 2 != 0 || day_.load(std::memory_order_relaxed) != wanted) return std::nullopt;
    SigningKey::Words copy;
    for (std::size_t i = 0; i < key_words; ++i) copy[i] = words_[i].load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (version_.load(std::memory_order_relaxed) != version) return std::nullopt;
    return SigningKey(copy);
  }

  void write(std::uint64_t day, const SigningKey::Words& words) {
    const std::lock_guard lock(writer_);
    const std::uint64_t version = version_.load(std::memory_order_relaxed);
    version_.store(version + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    day_.store(day, std::memory_order_relaxed);
    for (std::size_t i = 0; i < key_words; ++i)
      words_[i].store(words[i], std::memory_order_relaxed);
    version_.store(version + 2, std::memory_order_release);
  }

  std::mutex writer_;
  std::atomic<std::uint64_t> version_{0};  // odd while somebody writes
  std::atomic<std::uint64_t> day_{0};      // the day's eight characters; at first of no day
  std::array<std::atomic<std::uint64_t>, key_words> words_{};
};

}  // namespace signpost::sigv4
