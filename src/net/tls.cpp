#include <boost/asio/ssl/context.hpp>
#include <stdexcept>

#include "net/server.hpp"

namespace signpost::net {

std::shared_ptr<asio::ssl::context> load_tls(const std::string& certificate_file,
                                             const std::string& key_file) {
  auto tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                   asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                   asio::ssl::context::no_tlsv1_1);
  boost::system::error_code error;
  tls->use_certificate_chain_file(certificate_file, error);
  if (error)
    throw std::runtime_error("the TLS certificate " + certificate_file + ": " + error.message());
  tls->use_private_key_file(key_file, asio::ssl::context::pem, error);
  if (error) throw std::runtime_error("the TLS key " + key_file + ": " + error.message());
  return tls;
}

}  // namespace signpost::net
