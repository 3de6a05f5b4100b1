// ModelCore of model.h: loading a model, and what llama.cpp knows about it.
#include "model.h"

#include "log.h"
#include "model_file.h"

namespace sqlahead {

namespace {

std::string file_size_hint(const ModelCore::Options & options) {
    return "'" + base_name(options.path) + "' does not fit into memory; take a smaller model" +
           (options.gpu_layers != 0 ? " or put fewer layers on the GPU." : ".");
}

} // namespace

void ModelCore::load(const std::function<bool(float)> & progress) {
    check_model_file(options.path, options.vocabulary_only);

    llama_model_params params = llama_model_default_params();
    params.vocab_only   = options.vocabulary_only;
    params.n_gpu_layers = options.gpu_layers;
    params.load_mode    = options.memory_map ? LLAMA_LOAD_MODE_MMAP : LLAMA_LOAD_MODE_NONE;
    params.progress_callback = [](float fraction, void * callback) {
        return (*static_cast<const std::function<bool(float)> *>(callback))(fraction);
    };
    params.progress_callback_user_data = const_cast<std::function<bool(float)> *>(&progress);

    // With an empty list llama.cpp uses no GPU at all.
    ggml_backend_dev_t devices[2] = {nullptr, nullptr};
    if (options.gpu_layers == 0) {
        params.devices = devices;
    } else if (!options.device.empty()) {
        devices[0] = ggml_backend_dev_by_name(options.device.c_str());
        if (devices[0] == nullptr) {
            throw Failure(code::argument, "There is no device '" + options.device + "'; take a name from devices().");
        }
        params.devices = devices;
    }

    LogCapture log;
    try {
        model = llama_model_load_from_file(options.path.c_str(), params);
    } catch (...) {
        throw current_failure(code::model_invalid);
    }
    if (model == nullptr) {
        const std::string name = "'" + base_name(options.path) + "'";
        if (log.contains("unknown model architecture")) {
            throw Failure(code::model_unsupported, name + " is of an architecture that llama.cpp " SQLAHEAD_LLAMA_RELEASE
                                                          " does not know; choose another model.");
        }
        if (log.contains("unable to allocate") || log.contains("failed to allocate")) {
            throw Failure(code::out_of_memory, file_size_hint(options));
        }
        throw Failure(code::model_invalid, name + " could not be loaded (" + log.reason() + "); download or copy the model again.");
    }
    vocab           = llama_model_get_vocab(model);
    vocabulary_size = llama_vocab_n_tokens(vocab);
    try {
        refuse_unsupported();
    } catch (const Failure &) {
        free();
        throw;
    }
}

void ModelCore::refuse_unsupported() const {
    const char * why = nullptr;
    if (llama_vocab_type(vocab) == LLAMA_VOCAB_TYPE_NONE || vocabulary_size < 1) {
        why = "has no vocabulary";
    } else if (llama_model_has_encoder(model) || !llama_model_has_decoder(model)) {
        why = "has an encoder and no decoder-only cache";
    } else if (llama_model_is_recurrent(model)) {
        why = "is recurrent, and its state cannot be cropped";
    } else if (llama_model_is_hybrid(model)) {
        why = "is partly recurrent, and its state cannot be cropped";
    } else if (llama_model_is_diffusion(model)) {
        why = "is a diffusion model and writes no text from left to right";
    } else if (llama_model_n_swa(model) > 0) {
        why = "uses sliding-window attention, and its cache cannot be cropped";
    }
    if (why != nullptr) {
        throw Failure(code::model_unsupported, "'" + base_name(options.path) + "' " + why + "; choose a causal text model such as Qwen2.5-Coder.");
    }
}

void ModelCore::free() {
    if (model != nullptr) {
        llama_model_free(model);
        model = nullptr;
    }
}

void ModelCore::context_opened() {
    std::lock_guard<std::mutex> lock(mutex_);
    ++open_contexts_;
}

void ModelCore::context_closed() {
    std::lock_guard<std::mutex> lock(mutex_);
    --open_contexts_;
    closed_.notify_all();
}

void ModelCore::wait_for_contexts() {
    std::unique_lock<std::mutex> lock(mutex_);
    closed_.wait(lock, [this] { return open_contexts_ == 0; });
}

} // namespace sqlahead
