#include "base/random.hpp"

#include <openssl/rand.h>

#include <stdexcept>

#include "base/base64.hpp"
#include "base/hex.hpp"

namespace signpost {

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1)
    throw std::runtime_error("the system's random generator failed");
  return out;
}

std::string random_hex(std::size_t bytes) {
  return hex_encode(random_bytes(bytes));
}

std::string random_token(std::size_t bytes) {
  return base64url_encode(random_bytes(bytes));
}

}  // namespace signpost
