// The addon's only error type. C++ code throws Failure; before it reaches JavaScript it becomes a NativeError with the
// same code and sentence (types.ts lists the codes).
#pragma once

#include <napi.h>

#include <stdexcept>
#include <string>

namespace sqlahead {

namespace code {
constexpr const char * model_not_found   = "ERR_MODEL_NOT_FOUND";
constexpr const char * model_invalid     = "ERR_MODEL_INVALID";
constexpr const char * model_unsupported = "ERR_MODEL_UNSUPPORTED";
constexpr const char * out_of_memory     = "ERR_OUT_OF_MEMORY";
constexpr const char * context_full      = "ERR_CONTEXT_FULL";
constexpr const char * aborted           = "ERR_ABORTED";
constexpr const char * device            = "ERR_DEVICE";
constexpr const char * crop              = "ERR_CROP";
constexpr const char * disposed          = "ERR_DISPOSED";
constexpr const char * argument          = "ERR_ARGUMENT";
constexpr const char * state             = "ERR_STATE";
constexpr const char * runtime           = "ERR_RUNTIME";
} // namespace code

class Failure : public std::runtime_error {
public:
    Failure(const char * code, const std::string & message) : std::runtime_error(message), code_(code) {}
    const char * code() const { return code_; }

private:
    const char * code_;
};

/** The Failure for the exception that is being handled. Call it only in a catch block. */
Failure current_failure(const char * otherwise);

/** A NativeError when the loader has set that class, else an Error with `code`. */
Napi::Value to_js_error(Napi::Env env, const Failure & failure);

/** Runs a synchronous method. Whatever it throws becomes a NativeError; an error of JavaScript stays as it is. */
template <class F> Napi::Value guarded(Napi::Env env, F body) {
    try {
        return body();
    } catch (const Napi::Error &) {
        throw;
    } catch (...) {
        throw Napi::Error(env, to_js_error(env, current_failure(code::runtime)));
    }
}

/** Runs an asynchronous method until it has its promise. Whatever it throws becomes a rejection. */
template <class F> Napi::Value guarded_async(Napi::Env env, F body) {
    auto deferred = Napi::Promise::Deferred::New(env);
    try {
        return body();
    } catch (const Napi::Error & error) {
        deferred.Reject(error.Value());
    } catch (...) {
        deferred.Reject(to_js_error(env, current_failure(code::runtime)));
    }
    return deferred.Promise();
}

} // namespace sqlahead
