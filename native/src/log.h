// The log of llama.cpp and ggml: goes to a JavaScript listener and, while a job runs, also to that job, because
// llama.cpp says only in its log why it failed.
#pragma once

#include <napi.h>

#include <string>

namespace sqlahead {

/** Redirects llama.cpp's log for this process. Lines are dropped until a listener is set. */
void install_log();

/** Sets the listener, or removes it (undefined). The last environment that calls this gets the lines. */
Napi::Value set_log(const Napi::CallbackInfo & info);

/** Collects the error lines that this thread logs during its lifetime. */
class LogCapture {
public:
    LogCapture();
    ~LogCapture();
    LogCapture(const LogCapture &)             = delete;
    LogCapture & operator=(const LogCapture &) = delete;

    /** The first error's text without function names, or "" when none was logged. */
    std::string reason() const;
    bool contains(const char * text) const { return errors_.find(text) != std::string::npos; }

private:
    std::string errors_;
    std::string * outer_;
};

} // namespace sqlahead
