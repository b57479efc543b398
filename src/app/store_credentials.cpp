#include "app/store_credentials.hpp"

#include <stdexcept>

#include "base/try.hpp"
#include "credentials/source.hpp"

namespace signpost::app {

std::expected<credentials::Timed, std::string> try_store_credentials() {
  TRY(const credentials::Source source,
      credentials::find_source(credentials::process_environment(), std::nullopt));
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return credentials::load(source, now);
}

credentials::Timed load_store_credentials() {
  auto found = try_store_credentials();
  if (found) return *std::move(found);
  throw std::runtime_error(
      "no credentials for the store. Set store.access_key_id and store.secret_access_key_file; as "
      "AWS tools look for them: " +
      found.error());
}

}  // namespace signpost::app
