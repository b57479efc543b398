#include "gateway/passwords.hpp"

#include <sodium.h>

#include <new>
#include <stdexcept>

#include "base/random.hpp"

namespace signpost::gateway {
namespace {

constexpr unsigned max_waiting = 64;

void start_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium could not be started");
}

bool matches(const Secret& password, const Secret& hash) {
  std::string_view text = password.reveal();
  std::string terminated(hash.reveal());  // the hash is no secret worth wiping twice
  return crypto_pwhash_str_verify(terminated.c_str(), text.data(), text.size()) == 0;
}

// Counts one check from its arrival to its end, however it ends.
class Place {
 public:
  explicit Place(std::atomic<unsigned>& taken) : taken_(taken) { number_ = ++taken_; }
  ~Place() { --taken_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool within(unsigned limit) const { return number_ <= limit; }

 private:
  std::atomic<unsigned>& taken_;
  unsigned number_;
};

}  // namespace

Secret hash_password(const Secret& password) {
  start_sodium();
  std::string out(crypto_pwhash_STRBYTES, '\0');
  std::string_view text = password.reveal();
  if (crypto_pwhash_str(out.data(), text.data(), text.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
    throw std::bad_alloc();
  out.resize(out.find('\0'));
  return Secret(std::move(out));
}

PasswordChecker::PasswordChecker(unsigned threads)
    : pool_(threads), dummy_hash_(hash_password(Secret(random_token(16)))) {}

net::Task<std::expected<bool, PasswordError>> PasswordChecker::check(Secret password,
                                                                     const Secret* hash) {
  Place place(waiting_);
  if (!place.within(max_waiting)) co_return std::unexpected(PasswordError::busy);
  const Secret& against = hash ? *hash : dummy_hash_;
  auto compare = [&] { return matches(password, against); };
  bool right = co_await pool_.run(compare);
  co_return right&& hash != nullptr;
}

net::Task<std::expected<Secret, PasswordError>> PasswordChecker::hash(Secret password) {
  Place place(waiting_);
  if (!place.within(max_waiting)) co_return std::unexpected(PasswordError::busy);
  auto work = [&] { return hash_password(password); };
  co_return co_await pool_.run(work);
}

}  // namespace signpost::gateway
