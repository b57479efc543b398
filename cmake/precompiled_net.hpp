// Precompiled for every module that waits on sockets: what they all include anyway.
#pragma once
#include <boost/asio.hpp>
#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>
