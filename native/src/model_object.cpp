// ModelObject of model.h: the JavaScript side.
#include "arguments.h"
#include "context.h"
#include "model.h"
#include "model_file.h"

#include <algorithm>
#include <cstring>

namespace sqlahead {

Napi::Function ModelObject::define(Napi::Env env) {
    return DefineClass(env, "Model",
        {InstanceAccessor<&ModelObject::info>("info"), InstanceMethod<&ModelObject::metadata>("metadata"),
         InstanceMethod<&ModelObject::tokenize>("tokenize"), InstanceMethod<&ModelObject::detokenize>("detokenize"),
         InstanceMethod<&ModelObject::vocabulary>("vocabulary"),
         InstanceMethod<&ModelObject::is_end_of_generation>("isEndOfGeneration"),
         InstanceMethod<&ModelObject::create_context>("createContext"), InstanceMethod<&ModelObject::dispose>("dispose")});
}

ModelObject::ModelObject(const Napi::CallbackInfo & info) : Napi::ObjectWrap<ModelObject>(info) {}

ModelObject::~ModelObject() {
    // Contexts keep their model's object alive. So one is open here only when the environment ends.
    for (auto * context : contexts_) {
        context->forget_model();
    }
}

Napi::Value ModelObject::load(const Napi::CallbackInfo & info) {
    Napi::Env env = info.Env();
    return guarded_async(env, [&]() -> Napi::Value {
        Napi::Object input = object(info[0], "options");
        ModelCore::Options options;
        options.path            = text(input.Get("path"), "path");
        options.gpu_layers      = integer(input.Get("gpuLayers"), "gpuLayers", -1, 100000);
        options.memory_map      = boolean(input.Get("memoryMap"), "memoryMap", true);
        options.vocabulary_only = boolean(input.Get("vocabularyOnly"), "vocabularyOnly", false);
        if (!input.Get("device").IsUndefined()) {
            options.device = text(input.Get("device"), "device");
        }
        Napi::Value progress = input.Get("onProgress");
        if (!progress.IsUndefined() && !progress.IsFunction()) {
            throw Failure(code::argument, "Pass a function as onProgress.");
        }

        Napi::Object instance = env.GetInstanceData<AddonData>()->model_class.New({});
        ModelObject * self    = Unwrap(instance);
        if (progress.IsFunction()) {
            self->on_progress_ = Napi::Persistent(progress.As<Napi::Function>());
        }
        auto core    = std::make_shared<ModelCore>(std::move(options));
        self->core_  = core;
        self->owner_ = std::make_unique<OwnerThread>(env, "sqlahead model", [core] { core->free(); });

        OwnerThread * owner = self->owner_.get();
        const bool reports  = progress.IsFunction();
        auto compute = [core, self, owner, reports] {
            float last = -1;
            core->load([&last, self, owner, reports](float fraction) {
                // At most one report for each percent: a large model has thousands of tensors.
                if (reports && (fraction >= last + 0.01f || (fraction >= 1 && last < 1))) {
                    last = fraction;
                    owner->notify([self, fraction](Napi::Env env) { self->on_progress_.Call({Napi::Number::New(env, fraction)}); });
                }
                return !owner->stopping();
            });
            return Nothing{};
        };
        auto convert = [self](Napi::Env env, const Nothing &) -> Napi::Value {
            self->on_progress_.Reset();
            self->info_ = Napi::Persistent(self->describe(env));
            return self->Value();
        };
        return owner->run(env, *self, code::model_invalid, compute, convert);
    });
}

const ModelCore & ModelObject::loaded() const {
    if (disposed_ || !core_) {
        throw Failure(code::disposed, "The model was disposed; load it again.");
    }
    return *core_;
}

Napi::Object ModelObject::describe(Napi::Env env) const {
    const llama_model * model = core_->model;
    const llama_vocab * vocab = core_->vocab;
    auto value_of = [model](const char * key) {
        int32_t length = llama_model_meta_val_str(model, key, nullptr, 0);
        std::string value(length > 0 ? static_cast<size_t>(length) : 0, '\0');
        if (length > 0) {
            llama_model_meta_val_str(model, key, value.data(), value.size() + 1);
        }
        return value;
    };
    const std::string name = value_of("general.name");
    char description[256]  = {};
    llama_model_desc(model, description, sizeof description);

    Napi::Object special = Napi::Object::New(env);
    // llama.cpp takes token 11 when a byte-level vocabulary names no beginning of text; that is a comma, no marker.
    const llama_token bos = llama_vocab_bos(vocab);
    special.Set("beginOfSequence", bos >= 0 && llama_vocab_is_control(vocab, bos) ? bos : LLAMA_TOKEN_NULL);
    special.Set("endOfSequence", llama_vocab_eos(vocab));
    special.Set("endOfTurn", llama_vocab_eot(vocab));
    special.Set("newline", llama_vocab_nl(vocab));
    special.Set("fimPrefix", llama_vocab_fim_pre(vocab));
    special.Set("fimSuffix", llama_vocab_fim_suf(vocab));
    special.Set("fimMiddle", llama_vocab_fim_mid(vocab));

    Napi::Object info = Napi::Object::New(env);
    info.Set("path", core_->options.path);
    info.Set("architecture", value_of("general.architecture"));
    info.Set("name", name.empty() ? base_name(core_->options.path) : name);
    info.Set("description", description);
    info.Set("parameters", static_cast<double>(llama_model_n_params(model)));
    info.Set("sizeBytes", static_cast<double>(llama_model_size(model)));
    info.Set("layers", llama_model_n_layer(model));
    info.Set("embeddingLength", llama_model_n_embd(model));
    // When only the vocabulary is loaded, llama.cpp has no layers, and its arrays of them are empty.
    const bool has_layers = llama_model_n_layer(model) > 0 && !core_->options.vocabulary_only;
    info.Set("heads", has_layers ? llama_model_n_head(model) : 0);
    info.Set("kvHeads", has_layers ? llama_model_n_head_kv(model) : 0);
    info.Set("vocabularySize", core_->vocabulary_size);
    info.Set("trainedContext", llama_model_n_ctx_train(model));
    info.Set("addsBeginOfSequence", Napi::Boolean::New(env, llama_vocab_get_add_bos(vocab)));
    info.Set("special", special);
    const char * chat_template = llama_model_chat_template(model, nullptr);
    info.Set("chatTemplate", chat_template == nullptr ? env.Undefined() : Napi::String::New(env, chat_template));
    special.Freeze();
    info.Freeze();
    return info;
}

Napi::Value ModelObject::info(const Napi::CallbackInfo & info) {
    return info_.IsEmpty() ? info.Env().Undefined() : info_.Value().As<Napi::Value>();
}

Napi::Value ModelObject::metadata(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        const ModelCore & core = loaded();
        const std::string key  = text(info[0], "key");
        const int32_t length   = llama_model_meta_val_str(core.model, key.c_str(), nullptr, 0);
        if (length < 0) {
            return info.Env().Undefined();
        }
        std::string value(static_cast<size_t>(length), '\0');
        llama_model_meta_val_str(core.model, key.c_str(), value.data(), value.size() + 1);
        return Napi::String::New(info.Env(), value);
    });
}

Napi::Value ModelObject::tokenize(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        const ModelCore & core   = loaded();
        const std::string input  = text(info[0], "text");
        const bool parse_special = boolean(info[1], "parseSpecial", false);
        if (input.size() > INT32_MAX / 2) {
            throw Failure(code::argument, "Pass a text of less than one gigabyte.");
        }
        const int32_t length = static_cast<int32_t>(input.size());
        std::vector<llama_token> tokens(input.size() / 2 + 16); // usually enough, else the result is -needed
        int32_t count = llama_tokenize(core.vocab, input.data(), length, tokens.data(), static_cast<int32_t>(tokens.size()), false, parse_special);
        if (count < 0) {
            tokens.resize(static_cast<size_t>(-count));
            count = llama_tokenize(core.vocab, input.data(), length, tokens.data(), static_cast<int32_t>(tokens.size()), false, parse_special);
        }
        auto output = Napi::Int32Array::New(info.Env(), static_cast<size_t>(count));
        if (count > 0) {
            std::memcpy(output.Data(), tokens.data(), static_cast<size_t>(count) * sizeof(llama_token));
        }
        return output;
    });
}

/** Appends a token's bytes; control tokens have none. @param piece buffer for one piece, kept between calls */
static void append_piece(const ModelCore & core, llama_token token, std::string & bytes, std::string & piece) {
    if (llama_vocab_is_control(core.vocab, token) || llama_vocab_is_eog(core.vocab, token)) {
        return;
    }
    piece.resize(std::max<size_t>(piece.size(), 64));
    int32_t length = llama_token_to_piece(core.vocab, token, piece.data(), static_cast<int32_t>(piece.size()), 0, false);
    if (length < 0) {
        piece.resize(static_cast<size_t>(-length));
        length = llama_token_to_piece(core.vocab, token, piece.data(), static_cast<int32_t>(piece.size()), 0, false);
    }
    bytes.append(piece.data(), static_cast<size_t>(length));
}

Napi::Value ModelObject::detokenize(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        const ModelCore & core = loaded();
        Napi::Int32Array tokens = int32_array(info[0], "tokens");
        std::string bytes, piece;
        for (size_t i = 0; i < tokens.ElementLength(); ++i) {
            const llama_token token = tokens[i];
            if (token < 0 || token >= core.vocabulary_size) {
                throw Failure(code::argument, "Token " + std::to_string(token) + " is not in the vocabulary of " +
                                                  std::to_string(core.vocabulary_size) + " tokens; pass tokens of this model.");
            }
            append_piece(core, token, bytes, piece);
        }
        auto output = Napi::Uint8Array::New(info.Env(), bytes.size());
        if (!bytes.empty()) {
            std::memcpy(output.Data(), bytes.data(), bytes.size());
        }
        return output;
    });
}

Napi::Value ModelObject::vocabulary(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        const ModelCore & core = loaded();
        std::string bytes, piece;
        auto ends = Napi::Int32Array::New(info.Env(), static_cast<size_t>(core.vocabulary_size));
        for (llama_token token = 0; token < core.vocabulary_size; ++token) {
            append_piece(core, token, bytes, piece);
            ends[static_cast<size_t>(token)] = static_cast<int32_t>(bytes.size());
        }
        auto array = Napi::Uint8Array::New(info.Env(), bytes.size());
        if (!bytes.empty()) {
            std::memcpy(array.Data(), bytes.data(), bytes.size());
        }
        Napi::Object output = Napi::Object::New(info.Env());
        output.Set("bytes", array);
        output.Set("ends", ends);
        return output;
    });
}

Napi::Value ModelObject::is_end_of_generation(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        const ModelCore & core = loaded();
        const int32_t token = integer(info[0], "token", 0, core.vocabulary_size - 1);
        return Napi::Boolean::New(info.Env(), llama_vocab_is_eog(core.vocab, token));
    });
}

Napi::Value ModelObject::create_context(const Napi::CallbackInfo & info) {
    return guarded_async(info.Env(), [&]() -> Napi::Value {
        const ModelCore & core = loaded();
        if (core.options.vocabulary_only) {
            throw Failure(code::argument, "The model was loaded with vocabularyOnly; load it with its weights to evaluate tokens.");
        }
        return ContextObject::create(info.Env(), info[0], core_, Value(), this, [this](ContextObject * context) { contexts_.insert(context); });
    });
}

Napi::Value ModelObject::dispose(const Napi::CallbackInfo & info) {
    Napi::Env env = info.Env();
    return guarded_async(env, [&]() -> Napi::Value {
        if (!core_) {
            throw Failure(code::disposed, "This object was never loaded; use loadModel().");
        }
        disposed_ = true;
        for (auto * context : contexts_) {
            context->begin_dispose();
        }
        return owner_->run(
            env, *this, code::runtime,
            [core = core_] {
                core->wait_for_contexts();
                core->free();
                return Nothing{};
            },
            to_undefined);
    });
}

} // namespace sqlahead
