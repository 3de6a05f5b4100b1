// See errors.h.
#include "errors.h"

#include "addon_data.h"

#include <new>

namespace sqlahead {

Failure current_failure(const char * otherwise) {
    try {
        throw;
    } catch (const Failure & failure) {
        return failure;
    } catch (const std::bad_alloc &) {
        return Failure(code::out_of_memory, "Memory ran out; close other programs, or take a smaller model or context.");
    } catch (const std::exception & error) {
        return Failure(otherwise, std::string("llama.cpp failed (") + error.what() + "); dispose the context and create it again.");
    } catch (...) {
        return Failure(otherwise, "llama.cpp failed without saying why; dispose the context and create it again.");
    }
}

Napi::Value to_js_error(Napi::Env env, const Failure & failure) {
    auto code    = Napi::String::New(env, failure.code());
    auto message = Napi::String::New(env, failure.what());
    auto * data  = env.GetInstanceData<AddonData>();
    if (data != nullptr && !data->error_class.IsEmpty()) {
        return data->error_class.New({code, message});
    }
    auto error = Napi::Error::New(env, failure.what());
    error.Set("code", code);
    return error.Value();
}

} // namespace sqlahead
