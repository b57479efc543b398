#pragma once

#include <filesystem>

#include "app/config.hpp"
#include "gateway/gateway.hpp"

namespace signpost::app {

// What the configuration means for the gateway. `directory` is where jwks_file is relative to.
// Throws std::runtime_error where such a file cannot be used.
gateway::Options gateway_options(const Config& config, const std::filesystem::path& directory);

// The key sets and issuers alone, so that a wrong one stops `serve` before anything starts.
std::vector<gateway::TokenIssuer> token_issuers(const Config& config,
                                                const std::filesystem::path& directory);

}  // namespace signpost::app
