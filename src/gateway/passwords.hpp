#pragma once

#include <atomic>
#include <expected>

#include "base/secret.hpp"
#include "net/blocking_pool.hpp"

namespace signpost::gateway {

// argon2id (RFC 9106) with libsodium's interactive limits, as its own text form with a fresh salt.
// Blocks for some 50 ms and takes 64 MiB meanwhile. Throws std::bad_alloc where there are none.
Secret hash_password(const Secret& password);

enum class PasswordError { busy };  // too many wait already: 503

// Checks and hashes passwords on threads of its own: as many at once as there are threads, so that
// memory is bounded, and so that a flood of sign-ins delays nothing but sign-ins.
class PasswordChecker {
 public:
  explicit PasswordChecker(unsigned threads = 2);

  // Whether the password is that of the hash. Without a hash (no such user) it is false, and takes
  // as long.
  net::Task<std::expected<bool, PasswordError>> check(Secret password, const Secret* hash);
  // hash_password() in its turn.
  net::Task<std::expected<Secret, PasswordError>> hash(Secret password);

 private:
  net::BlockingPool pool_;
  std::atomic<unsigned> waiting_{0};
  Secret dummy_hash_;
};

}  // namespace signpost::gateway
