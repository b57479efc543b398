#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace signpost::net {

namespace asio = boost::asio;

// Every coroutine runs on one worker's io_context and never leaves it. The concrete executor type
// spares the type-erased calls of any_io_executor.
using Executor = asio::io_context::executor_type;

template <class T>
using Task = asio::awaitable<T, Executor>;

}  // namespace signpost::net
