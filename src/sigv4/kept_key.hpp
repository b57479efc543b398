#pragma once

#include <openssl/crypto.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "base/secret.hpp"
#include "sigv4/credential_scope.hpp"
#include "sigv4/signing_key.hpp"

namespace signpost::sigv4 {

// Keeps the signing key of the last secret and day asked for, for one region and service: to derive
// one costs more than to sign with it. Any thread may call at any time; while secret and day stay
// the same nobody waits, and nobody writes to memory that others read. Internal to sigv4.
//
// A secret is known by its address, so that nothing of it is compared or copied.
//
// A reader copies the words and throws the copy away where `version_` was odd, or has changed since
// (a sequence lock, with atomic words so that there is no data race).
class KeptKey {
 public:
  KeptKey() = default;
  ~KeptKey() { OPENSSL_cleanse(static_cast<void*>(words_.data()), sizeof words_); }

  // The secret's key for that scope, derived now or before. `secret` must stay what it is, and
  // where it is, until another is given, or this object goes.
  SigningKey get(const Secret& secret, const CredentialScope& scope) {
    return get(secret, scope, [] {});
  }

  // The same. `replace` is called once where another secret or day is to be kept from now on, when
  // nobody takes the one before for kept any more.
  template <class Replace>
  SigningKey get(const Secret& secret, const CredentialScope& scope, Replace replace) {
    const Tag wanted = tag_of(secret, scope);
    SigningKey::Words words;
    if (!read(wanted, words)) {
      words = SigningKey(secret, scope).words();
      write(wanted, words, replace);
    }
    return SigningKey(words);
  }

 private:
  using Tag = std::array<std::uint64_t, 2>;  // the secret's address, the day's eight characters
  static constexpr std::size_t key_words = std::tuple_size_v<SigningKey::Words>;

  static Tag tag_of(const Secret& secret, const CredentialScope& scope) {
    Tag tag{reinterpret_cast<std::uintptr_t>(&secret), 0};
    std::memcpy(&tag[1], scope.day.data(), sizeof tag[1]);
    return tag;
  }

  bool read(const Tag& wanted, SigningKey::Words& out) const {
    const std::uint64_t version = version_.load(std::memory_order_acquire);
    if (version % 2 != 0 || tag_[0].load(std::memory_order_relaxed) != wanted[0] ||
        tag_[1].load(std::memory_order_relaxed) != wanted[1])
      return false;
    for (std::size_t i = 0; i < key_words; ++i) out[i] = words_[i].load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    return version_.load(std::memory_order_relaxed) == version;
  }

  template <class Replace>
  void write(const Tag& tag, const SigningKey::Words& words, Replace replace) {
    const std::lock_guard lock(writer_);
    const std::uint64_t version = version_.load(std::memory_order_relaxed);
    version_.store(version + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    replace();
    for (std::size_t i = 0; i < tag.size(); ++i) tag_[i].store(tag[i], std::memory_order_relaxed);
    for (std::size_t i = 0; i < key_words; ++i)
      words_[i].store(words[i], std::memory_order_relaxed);
    version_.store(version + 2, std::memory_order_release);
  }

  std::mutex writer_;
  std::atomic<std::uint64_t> version_{0};  // odd while somebody writes
  std::array<std::atomic<std::uint64_t>, std::tuple_size_v<Tag>> tag_{};  // at first of nothing
  std::array<std::atomic<std::uint64_t>, key_words> words_{};
};

}  // namespace signpost::sigv4
