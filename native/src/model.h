// A loaded model: weights, vocabulary, metadata. The model's owner thread loads and frees it. Tokenization is
// synchronous, because the vocabulary never changes.
#pragma once

#include "owner_thread.h"

#include <llama.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace sqlahead {

class ContextObject;

/** What the threads of the model and of its contexts share. */
class ModelCore {
public:
    struct Options {
        std::string path;
        std::string device; // "" lets llama.cpp choose
        int32_t     gpu_layers      = 0;
        bool        memory_map      = true;
        bool        vocabulary_only = false;
    };

    explicit ModelCore(Options options) : options(std::move(options)) {}
    ~ModelCore() { free(); }

    /** @param progress returns false to end the load. @throws Failure */
    void load(const std::function<bool(float)> & progress);
    void free();

    bool uses_gpu() const { return options.gpu_layers != 0; }

    /** Contexts use the weights, so free() must come after the last of them is closed. */
    void context_opened();
    void context_closed();
    void wait_for_contexts();

    const Options options;
    llama_model *       model = nullptr;
    const llama_vocab * vocab = nullptr;
    int32_t             vocabulary_size = 0;
    /** llama.cpp cannot create two contexts of a model at the same time. */
    std::mutex creating;

private:
    void refuse_unsupported() const;

    std::mutex mutex_;
    std::condition_variable closed_;
    int open_contexts_ = 0;
};

/** The JavaScript object, `Model` in types.ts. */
class ModelObject : public Napi::ObjectWrap<ModelObject> {
public:
    static Napi::Function define(Napi::Env env);
    /** `Addon.loadModel` */
    static Napi::Value load(const Napi::CallbackInfo & info);

    explicit ModelObject(const Napi::CallbackInfo & info);
    ~ModelObject() override;

    void forget(ContextObject * context) { contexts_.erase(context); }

private:
    Napi::Value info(const Napi::CallbackInfo & info);
    Napi::Value metadata(const Napi::CallbackInfo & info);
    Napi::Value tokenize(const Napi::CallbackInfo & info);
    Napi::Value detokenize(const Napi::CallbackInfo & info);
    Napi::Value vocabulary(const Napi::CallbackInfo & info);
    Napi::Value is_end_of_generation(const Napi::CallbackInfo & info);
    Napi::Value create_context(const Napi::CallbackInfo & info);
    Napi::Value dispose(const Napi::CallbackInfo & info);

    /** @throws Failure ERR_DISPOSED */
    const ModelCore & loaded() const;
    Napi::Object describe(Napi::Env env) const;

    std::shared_ptr<ModelCore>   core_;
    std::unique_ptr<OwnerThread> owner_; // declared after core_, so it ends first
    Napi::FunctionReference      on_progress_;
    Napi::ObjectReference        info_;
    std::set<ContextObject *>    contexts_;
    bool disposed_ = false;
};

} // namespace sqlahead
