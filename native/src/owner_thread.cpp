// See owner_thread.h.
#include "owner_thread.h"

#include <algorithm>

namespace sqlahead {

namespace {
void check(napi_env env, napi_status status) {
    if (status != napi_ok) {
        throw Napi::Error::New(env);
    }
}
} // namespace

OwnerThread::OwnerThread(Napi::Env env, const char * name, std::function<void()> finish)
    : env_(env),
      finish_(std::move(finish)),
      registry_(env.GetInstanceData<AddonData>()->owners),
      channel_(std::make_shared<Channel>()) {
    auto * for_finalizer = new std::shared_ptr<Channel>(channel_);
    check(env, napi_create_threadsafe_function(
                   env, nullptr, nullptr, Napi::String::New(env, name), 0, 1, for_finalizer,
                   [](napi_env, void * data, void *) {
                       auto * channel = static_cast<std::shared_ptr<Channel> *>(data);
                       (*channel)->function = nullptr;
                       delete channel;
                   },
                   this, on_message, &channel_->function));
    // An idle thread must not keep the process alive.
    check(env, napi_unref_threadsafe_function(env, channel_->function));
    // Hooks run in reverse order: this one ends the thread before the environment drops the function above.
    check(env, napi_add_env_cleanup_hook(env, on_environment_end, this));
    registry_->push_back(this);
    thread_ = std::thread([this] { loop(); });
}

OwnerThread::~OwnerThread() {
    stop();
    if (channel_->function != nullptr) {
        napi_remove_env_cleanup_hook(env_, on_environment_end, this);
        napi_release_threadsafe_function(channel_->function, napi_tsfn_release);
    }
}

void OwnerThread::stop() {
    {
        std::lock_guard<std::mutex> lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
    registry_->erase(std::remove(registry_->begin(), registry_->end(), this), registry_->end());
}

void OwnerThread::post(Job job) {
    if (unsettled_++ == 0 && channel_->function != nullptr) {
        napi_ref_threadsafe_function(env_, channel_->function);
    }
    {
        std::lock_guard<std::mutex> lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
}

void OwnerThread::loop() {
    for (;;) {
        Job job;
        {
            std::unique_lock<std::mutex> lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
            if (stopping_) {
                break;
            }
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        deliver(job(), true);
    }
    finish_();
}

void OwnerThread::deliver(Settle settle, bool ends_job) {
    if (stopping()) {
        return; // the JavaScript side is gone
    }
    auto * message = new Message{std::move(settle), ends_job};
    if (napi_call_threadsafe_function(channel_->function, message, napi_tsfn_nonblocking) != napi_ok) {
        delete message;
    }
}

void OwnerThread::on_message(napi_env env, napi_value, void * context, void * data) {
    std::unique_ptr<Message> message(static_cast<Message *>(data));
    if (env == nullptr) {
        return; // the environment is going away; promises stay unsettled
    }
    auto * self = static_cast<OwnerThread *>(context);
    if (message->ends_job && --self->unsettled_ == 0) {
        napi_unref_threadsafe_function(env, self->channel_->function);
    }
    Napi::HandleScope scope(env);
    try {
        message->settle(Napi::Env(env));
    } catch (const Napi::Error & error) {
        error.ThrowAsJavaScriptException(); // a listener of the caller threw: report it as an uncaught exception
    }
}

} // namespace sqlahead
