#pragma once

#include "gateway/request.hpp"

namespace signpost::gateway {

// Gateway::push_withdrawals().
net::Task<void> push_withdrawals(Services& services);
// Tells the store at once what has been withdrawn by now; false where it cannot be told.
net::Task<bool> tell_withdrawals(Services& services);

}  // namespace signpost::gateway
