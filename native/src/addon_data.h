// What one JavaScript environment (a main thread or a worker) keeps of the addon: constructors, and the
// threads that have to end before the environment does.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

namespace sqlahead {

class OwnerThread;

/** Threads alive in this environment, oldest first; shared with the threads because either may go first. */
using OwnerRegistry = std::vector<OwnerThread *>;

struct AddonData {
    Napi::FunctionReference error_class;
    Napi::FunctionReference model_class;
    Napi::FunctionReference context_class;
    std::shared_ptr<OwnerRegistry> owners = std::make_shared<OwnerRegistry>();
};

} // namespace sqlahead
