// The addon's exports: devices, backends, log and models. native/index.ts chooses the backend to load.
#include "arguments.h"
#include "context.h"
#include "log.h"
#include "model.h"

#include <ggml-backend.h>

#include <memory>
#ifdef _WIN32
#include <filesystem>
#include <windows.h>
#endif

namespace sqlahead {

namespace {

/**
 * Makes Windows look for libraries in the folders of the process, of the system and of this plugin, never in the
 * current directory. On other systems the library's own search path says the same (scripts/lib/elf.mjs).
 */
void search_own_folder([[maybe_unused]] const std::string & path) {
#ifdef _WIN32
    SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
    AddDllDirectory(std::filesystem::u8path(path).parent_path().c_str());
#endif
}

const char * device_type(ggml_backend_dev_t device) {
    switch (ggml_backend_dev_type(device)) {
        case GGML_BACKEND_DEVICE_TYPE_CPU:  return "cpu";
        case GGML_BACKEND_DEVICE_TYPE_IGPU: return "integrated";
        case GGML_BACKEND_DEVICE_TYPE_GPU:  return "gpu";
        default:                            return "accelerator";
    }
}

Napi::Value devices(const Napi::CallbackInfo & info) {
    Napi::Env env = info.Env();
    Napi::Array result = Napi::Array::New(env);
    for (size_t i = 0; i < ggml_backend_dev_count(); ++i) {
        ggml_backend_dev_t device = ggml_backend_dev_get(i);
        size_t free = 0, total = 0;
        ggml_backend_dev_memory(device, &free, &total);
        Napi::Object entry = Napi::Object::New(env);
        entry.Set("name", ggml_backend_dev_name(device));
        entry.Set("description", ggml_backend_dev_description(device));
        entry.Set("type", device_type(device));
        entry.Set("totalBytes", static_cast<double>(total));
        entry.Set("freeBytes", static_cast<double>(free));
        result.Set(static_cast<uint32_t>(i), entry);
    }
    return result;
}

/** Loads a backend plugin on a worker thread, because a driver may take many seconds. */
class BackendLoad : public Napi::AsyncWorker {
public:
    BackendLoad(Napi::Env env, std::string path)
        : AsyncWorker(env, "sqlahead backend"), path_(std::move(path)), deferred_(Napi::Promise::Deferred::New(env)) {}
    Napi::Promise promise() const { return deferred_.Promise(); }

    void Execute() override {
        try {
            search_own_folder(path_);
            LogCapture log;
            ggml_backend_reg_t backend = ggml_backend_load(path_.c_str());
            if (backend == nullptr) {
                throw Failure(code::runtime, "The backend '" + path_ + "' could not be loaded (" + log.reason() +
                                                 "); install its driver or choose another backend.");
            }
            devices_ = ggml_backend_reg_dev_count(backend);
        } catch (...) {
            failure_ = std::make_unique<Failure>(current_failure(code::runtime));
        }
    }
    void OnOK() override {
        if (failure_) {
            deferred_.Reject(to_js_error(Env(), *failure_));
        } else {
            deferred_.Resolve(Napi::Number::New(Env(), static_cast<double>(devices_)));
        }
    }

private:
    std::string path_;
    Napi::Promise::Deferred deferred_;
    size_t devices_ = 0;
    std::unique_ptr<Failure> failure_;
};

/** loadBackend(path): registers a plugin's devices and resolves with their number. */
Napi::Value load_backend(const Napi::CallbackInfo & info) {
    return guarded_async(info.Env(), [&]() -> Napi::Value {
        auto * load = new BackendLoad(info.Env(), text(info[0], "path")); // deletes itself
        load->Queue();
        return load->promise();
    });
}

/** loadProcessorBackend(directory): loads the best CPU plugin there for this processor. */
Napi::Value load_processor_backend(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        const std::string directory = text(info[0], "directory");
        search_own_folder(directory + "/x");
        if (ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
            ggml_backend_load_all_from_path(directory.c_str());
        }
        if (ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
            throw Failure(code::runtime, "No CPU backend in '" + directory + "' fits this processor; install the extension again.");
        }
        return info.Env().Undefined();
    });
}

/** setErrorClass(NativeError): errors are of this class from now on. */
Napi::Value set_error_class(const Napi::CallbackInfo & info) {
    info.Env().GetInstanceData<AddonData>()->error_class = Napi::Persistent(info[0].As<Napi::Function>());
    return info.Env().Undefined();
}

/** Ends every thread, newest first, so that none computes while the process unloads its libraries. */
void stop_all(const Napi::CallbackInfo & info) {
    auto owners = info.Env().GetInstanceData<AddonData>()->owners;
    while (!owners->empty()) {
        owners->back()->stop(); // removes itself from the list
    }
}

} // namespace

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
    install_log();
    llama_backend_init();

    auto * data = new AddonData();
    env.SetInstanceData(data);
    data->model_class   = Napi::Persistent(ModelObject::define(env));
    data->context_class = Napi::Persistent(ContextObject::define(env));

    exports.Set("llamaRelease", SQLAHEAD_LLAMA_RELEASE);
    exports.Set("devices", Napi::Function::New<devices>(env, "devices"));
    exports.Set("setLog", Napi::Function::New<set_log>(env, "setLog"));
    exports.Set("loadModel", Napi::Function::New<ModelObject::load>(env, "loadModel"));
    exports.Set("loadBackend", Napi::Function::New<load_backend>(env, "loadBackend"));
    exports.Set("loadProcessorBackend", Napi::Function::New<load_processor_backend>(env, "loadProcessorBackend"));
    exports.Set("setErrorClass", Napi::Function::New<set_error_class>(env, "setErrorClass"));

    // process.exit() runs no environment hooks, only this event. The hooks serve workers that end.
    Napi::Object process = env.Global().Get("process").As<Napi::Object>();
    process.Get("once").As<Napi::Function>().Call(
        process, {Napi::String::New(env, "exit"), Napi::Function::New<stop_all>(env, "stopSqlAheadThreads")});
    return exports;
}

NODE_API_MODULE(sqlahead, initialize)

} // namespace sqlahead
