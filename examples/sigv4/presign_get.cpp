// presign_get BUCKET KEY [DATE]: a URL that reads one object for three minutes.
#include <signpost/sigv4/presign.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

namespace sigv4 = signpost::sigv4;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

int main(int count, char** arguments) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto date = count > 3 ? sigv4::AmzDate::parse(arguments[3]) : sigv4::AmzDate(now);
  const auto endpoint = sigv4::Endpoint::parse("https://s3.eu-central-1.amazonaws.com",
                                               sigv4::Addressing::virtual_host);
  if (count < 3 || !date || !endpoint) {
    std::cerr << "usage: presign_get BUCKET KEY [YYYYMMDDTHHMMSSZ]\n";
    return 2;
  }
  const sigv4::Presigner presigner(
      {.access_key_id = environment("AWS_ACCESS_KEY_ID"),
       .secret_access_key = signpost::Secret(environment("AWS_SECRET_ACCESS_KEY")),
       .session_token = signpost::Secret(environment("AWS_SESSION_TOKEN"))},
      "eu-central-1", *endpoint);
  std::cout << presigner.presign({.method = "GET",
                                  .bucket = arguments[1],
                                  .key = arguments[2],
                                  .date = *date,
                                  .expires = std::chrono::minutes(3)})
            << '\n';
}
