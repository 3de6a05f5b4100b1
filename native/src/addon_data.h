// What the addon keeps for each JavaScript environment (the main thread or a worker): its constructors, and the threads
// that must end before the environment does.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

namespace sqlahead {

class OwnerThread;

/** The threads alive in this environment, oldest first. Shared with the threads, because either may end first. */
using OwnerRegistry = std::vector<OwnerThread *>;

struct AddonData {
    Napi::FunctionReference error_class;
    Napi::FunctionReference model_class;
    Napi::FunctionReference context_class;
    std::shared_ptr<OwnerRegistry> owners = std::make_shared<OwnerRegistry>();
};

} // namespace sqlahead
