#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <variant>

#include "credentials/environment.hpp"
#include "credentials/settings.hpp"
#include "credentials/timed.hpp"

namespace signpost::credentials {

// The credentials themselves: of the environment or of a profile.
struct Given {
  Timed timed;
};

// credential_process of a profile (AWS SDKs and Tools Reference Guide, "Process credential
// provider"): a program whose standard output is a JSON document.
struct Process {
  std::string command;
  std::string profile;
};

// AssumeRoleWithWebIdentity of STS: what pods of EKS have.
struct WebIdentity {
  std::string token_file;
  std::string role_arn;
  std::string session_name;
  std::string endpoint;  // "https://sts.eu-central-1.amazonaws.com"
};

// The endpoint inside ECS, EKS Pod Identity and Greengrass containers.
struct Container {
  std::string url;  // with its path
  std::string token_file;
  std::string token;  // where there is no file; empty: none
};

// The instance metadata service, version 2: what machines of EC2 have.
struct InstanceMetadata {
  std::string endpoint = "http://169.254.169.254";
  std::chrono::seconds timeout{1};  // of each of its three requests
  int attempts = 1;
};

using Source = std::variant<Given, Process, WebIdentity, Container, InstanceMetadata>;

// Where the credentials are, in the order of AWS tools: the environment (not where `profile` is
// given), the profile's web identity, the credentials file, the profile's process, the config file,
// the container, the instance. Reads files, and asks nobody. The error is a sentence or two for a
// person, with what to do: a profile that is not there, that is half given, or that wants what is
// not known here (role_arn with source_profile, single sign-on).
std::expected<Source, std::string> find_source(const Environment& environment,
                                               const std::optional<std::string>& profile);

// The credentials from there. Blocks for as long as it takes: files and programs are read, servers
// asked, all within a minute. The error is for a person, with what to do.
std::expected<Timed, std::string> load(const Source& source, UnixSeconds now);

}  // namespace signpost::credentials
