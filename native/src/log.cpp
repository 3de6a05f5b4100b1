// See log.h.
#include "log.h"

#include "errors.h"

#include <llama.h>

#include <memory>
#include <mutex>

namespace sqlahead {

namespace {

struct Line {
    const char * level;
    std::string  text;
};

constexpr size_t max_queued_lines = 4096; // further lines are dropped: the log must not fill the memory

std::mutex listener_mutex;
napi_threadsafe_function listener = nullptr;

thread_local std::string * capture = nullptr;
thread_local std::string unfinished; // llama.cpp logs a line in several pieces
thread_local ggml_log_level unfinished_level = GGML_LOG_LEVEL_INFO;

const char * level_name(ggml_log_level level) {
    switch (level) {
        case GGML_LOG_LEVEL_ERROR: return "error";
        case GGML_LOG_LEVEL_WARN:  return "warn";
        case GGML_LOG_LEVEL_DEBUG: return "debug";
        default:                   return "info";
    }
}

void emit(ggml_log_level level, const std::string & text) {
    if (capture != nullptr && level == GGML_LOG_LEVEL_ERROR) {
        *capture += text + '\n';
    }
    std::lock_guard<std::mutex> lock(listener_mutex);
    if (listener != nullptr) {
        auto * line = new Line{level_name(level), text};
        if (napi_call_threadsafe_function(listener, line, napi_tsfn_nonblocking) != napi_ok) {
            delete line;
        }
    }
}

void on_log(ggml_log_level level, const char * text, void *) {
    if (level != GGML_LOG_LEVEL_CONT) {
        if (!unfinished.empty()) {
            emit(unfinished_level, unfinished);
            unfinished.clear();
        }
        unfinished_level = level;
    }
    unfinished += text;
    size_t end;
    while ((end = unfinished.find('\n')) != std::string::npos) {
        if (end > 0) {
            emit(unfinished_level, unfinished.substr(0, end));
        }
        unfinished.erase(0, end + 1);
    }
}

void call_listener(napi_env env, napi_value function, void *, void * data) {
    std::unique_ptr<Line> line(static_cast<Line *>(data));
    if (env == nullptr || function == nullptr) {
        return;
    }
    Napi::HandleScope scope(env);
    try {
        Napi::Function(env, function).Call({Napi::String::New(env, line->level), Napi::String::New(env, line->text)});
    } catch (const Napi::Error & error) {
        error.ThrowAsJavaScriptException();
    }
}

/** The environment ends and frees the function, so no thread may call it any more. */
void on_environment_end(void * function) {
    std::lock_guard<std::mutex> lock(listener_mutex);
    if (listener == static_cast<napi_threadsafe_function>(function)) {
        listener = nullptr;
    }
}

} // namespace

void install_log() {
    llama_log_set(on_log, nullptr);
}

Napi::Value set_log(const Napi::CallbackInfo & info) {
    Napi::Env env = info.Env();
    return guarded(env, [&]() -> Napi::Value {
        if (!info[0].IsFunction() && !info[0].IsUndefined()) {
            throw Failure(code::argument, "setLog takes a function, or undefined to drop the log.");
        }
        napi_threadsafe_function next = nullptr;
        if (info[0].IsFunction()) {
            napi_status status = napi_create_threadsafe_function(
                env, info[0], nullptr, Napi::String::New(env, "sqlahead log"), max_queued_lines, 1, nullptr, nullptr,
                nullptr, call_listener, &next);
            if (status != napi_ok) {
                throw Napi::Error::New(env);
            }
            napi_unref_threadsafe_function(env, next); // a log keeps no process alive
            napi_add_env_cleanup_hook(env, on_environment_end, next);
        }
        napi_threadsafe_function previous;
        {
            std::lock_guard<std::mutex> lock(listener_mutex);
            previous = listener;
            listener = next;
        }
        if (previous != nullptr) {
            napi_remove_env_cleanup_hook(env, on_environment_end, previous);
            napi_release_threadsafe_function(previous, napi_tsfn_release);
        }
        return env.Undefined();
    });
}

LogCapture::LogCapture() : outer_(capture) {
    capture = &errors_;
}

LogCapture::~LogCapture() {
    capture = outer_;
}

std::string LogCapture::reason() const {
    std::string line = errors_.substr(0, errors_.find('\n'));
    // "llama_model_load: error loading model: missing tensor 'x'" -> "missing tensor 'x'"
    for (const char * prefix : {"error loading model: ", "failed to initialize the context: "}) {
        size_t at = line.find(prefix);
        if (at != std::string::npos) {
            return line.substr(at + std::char_traits<char>::length(prefix));
        }
    }
    size_t colon = line.find(": ");
    return colon == std::string::npos ? line : line.substr(colon + 2);
}

} // namespace sqlahead
