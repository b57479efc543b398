#pragma once

#include <optional>
#include <string>

#include "credentials/environment.hpp"
#include "credentials/profile_file.hpp"

namespace signpost::credentials {

// What the two AWS files say of one profile.
struct Profile {
  std::string name;
  bool named = false;  // somebody asked for it by name, so that it has to be there
  bool found = false;
  Section credentials;           // of AWS_SHARED_CREDENTIALS_FILE, default ~/.aws/credentials
  Section config;                // of AWS_CONFIG_FILE, default ~/.aws/config
  Section services;              // the [services NAME] section that the profile names
  std::string credentials_file;  // the files' paths, for messages
  std::string config_file;

  // Of the credentials file, else of the config file; nothing where empty or absent.
  std::optional<std::string> get(std::string_view name) const;
};

// `profile` is the one given on the command line; else AWS_PROFILE, else AWS_DEFAULT_PROFILE, else
// "default".
Profile load_profile(const Environment& environment, const std::optional<std::string>& profile);

// Where S3 is, as AWS tools are told it.
struct S3Settings {
  std::optional<std::string> region;
  std::optional<std::string> endpoint_url;
  bool path_style = false;
};

// region: AWS_REGION, AWS_DEFAULT_REGION, the profile's. endpoint_url: AWS_ENDPOINT_URL_S3, the
// profile's services section, AWS_ENDPOINT_URL, the profile's; none where
// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is "true". path_style: the profile's s3.addressing_style.
S3Settings s3_settings(const Environment& environment, const Profile& profile);

}  // namespace signpost::credentials
