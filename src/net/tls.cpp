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
  bool encrypted = false;  // OpenSSL would ask for the pass phrase on the terminal
  tls->set_password_callback([&](std::size_t, asio::ssl::context::password_purpose) {
    encrypted = true;
    return std::string();
  });
  tls->use_private_key_file(key_file, asio::ssl::context::pem, error);
  tls->set_password_callback(
      [](std::size_t, asio::ssl::context::password_purpose) { return std::string(); });
  if (error)
    throw std::runtime_error("the TLS key " + key_file + ": " +
                             (encrypted ? "it has a pass phrase, which is not asked for: keep it "
                                          "without one, in a file that nobody else can read"
                                        : error.message()));
  // A key of another kind than the certificate's is taken without a word.
  if (::SSL_CTX_check_private_key(tls->native_handle()) != 1)
    throw std::runtime_error("the TLS key " + key_file + " is not that of the certificate " +
                             certificate_file);
  return tls;
}

}  // namespace signpost::net
