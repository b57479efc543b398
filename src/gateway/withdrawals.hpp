#pragma once

#include "gateway/request.hpp"

namespace signpost::gateway {

// Gateway::push_withdrawals().
net::Task<void> push_withdrawals(Services& services);

}  // namespace signpost::gateway
