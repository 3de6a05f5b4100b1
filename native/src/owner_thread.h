// A thread that owns one native object, and the queue of its jobs. Jobs run in order of arrival on this thread. Each
// returns a function that runs on the JavaScript thread and settles the job's promise. Node-API values are touched only
// on the JavaScript thread.
#pragma once

#include "addon_data.h"
#include "errors.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace sqlahead {

class OwnerThread {
public:
    /** Runs on the JavaScript thread. */
    using Settle = std::function<void(Napi::Env)>;
    /** Runs on the owner thread. */
    using Job = std::function<Settle()>;

    /** `finish` runs last on the owner thread, however the thread ends, and frees what it owns. */
    OwnerThread(Napi::Env env, const char * name, std::function<void()> finish);
    ~OwnerThread();
    OwnerThread(const OwnerThread &)             = delete;
    OwnerThread & operator=(const OwnerThread &) = delete;

    /**
     * Queues `compute` and returns the promise of `convert(env, result)`.
     * @param self kept alive until the promise is settled.
     * @param failure_code code for exceptions that are no Failure.
     * @param settling called on the JavaScript thread right before the promise is settled, either way.
     */
    template <class Compute, class Convert, class Settling = void (*)()>
    Napi::Promise run(Napi::Env env, Napi::Reference<Napi::Object> & self, const char * failure_code, Compute compute,
                      Convert convert, Settling settling = [] {});

    /** Called on the owner thread: runs `settle` on the JavaScript thread without settling a job. */
    void notify(Settle settle) { deliver(std::move(settle), false); }

    /** True once the process or the environment ends. Long jobs read it and give up. */
    bool stopping() const { return stopping_.load(std::memory_order_relaxed); }

    /** Ends the thread after the running job and drops queued jobs. May be called again. JavaScript thread only. */
    void stop();

private:
    struct Channel { // outlives this object, because the environment may drop the function before or after it
        napi_threadsafe_function function = nullptr;
    };
    struct Message {
        Settle settle;
        bool   ends_job;
    };

    void post(Job job);
    void deliver(Settle settle, bool ends_job);
    void loop();
    static void on_message(napi_env env, napi_value, void * context, void * data);
    static void on_environment_end(void * self) { static_cast<OwnerThread *>(self)->stop(); }

    napi_env env_;
    std::function<void()> finish_;
    std::shared_ptr<OwnerRegistry> registry_;
    std::shared_ptr<Channel> channel_;
    size_t unsettled_ = 0; // JavaScript thread only

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> jobs_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

template <class Compute, class Convert, class Settling>
Napi::Promise OwnerThread::run(Napi::Env env, Napi::Reference<Napi::Object> & self, const char * failure_code,
                               Compute compute, Convert convert, Settling settling) {
    auto deferred = Napi::Promise::Deferred::New(env);
    self.Ref();
    auto * held = &self;
    post([=]() mutable -> Settle {
        try {
            auto result = std::make_shared<decltype(compute())>(compute());
            return [=](Napi::Env env) {
                settling();
                try {
                    deferred.Resolve(convert(env, *result));
                } catch (const Napi::Error & error) {
                    deferred.Reject(error.Value());
                } catch (...) {
                    deferred.Reject(to_js_error(env, current_failure(failure_code)));
                }
                held->Unref();
            };
        } catch (...) {
            Failure failure = current_failure(failure_code);
            return [=](Napi::Env env) {
                settling();
                deferred.Reject(to_js_error(env, failure));
                held->Unref();
            };
        }
    });
    return deferred.Promise();
}

/** For jobs without a result. */
struct Nothing {};
inline Napi::Value to_undefined(Napi::Env env, const Nothing &) { return env.Undefined(); }

} // namespace sqlahead
