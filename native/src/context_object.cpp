// ContextObject of context.h: the JavaScript side.
#include "arguments.h"
#include "context.h"

#include <algorithm>
#include <cstring>

namespace sqlahead {

namespace {

ggml_type cache_type(const Napi::Value & value, const char * name) {
    if (value.IsUndefined()) {
        return GGML_TYPE_F16;
    }
    const std::string type = text(value, name);
    for (auto candidate : {GGML_TYPE_F16, GGML_TYPE_F32, GGML_TYPE_Q8_0, GGML_TYPE_Q5_1, GGML_TYPE_Q5_0, GGML_TYPE_Q4_1, GGML_TYPE_Q4_0,
                           GGML_TYPE_IQ4_NL}) {
        if (type == ggml_type_name(candidate)) {
            return candidate;
        }
    }
    throw Failure(code::argument, std::string("Pass f16, f32, q8_0, q5_1, q5_0, q4_1, q4_0 or iq4_nl as ") + name + ", not '" + type + "'.");
}

llama_flash_attn_type flash_attention(const Napi::Value & value) {
    const std::string choice = value.IsUndefined() ? "auto" : text(value, "flashAttention");
    if (choice == "auto") return LLAMA_FLASH_ATTN_TYPE_AUTO;
    if (choice == "on") return LLAMA_FLASH_ATTN_TYPE_ENABLED;
    if (choice == "off") return LLAMA_FLASH_ATTN_TYPE_DISABLED;
    throw Failure(code::argument, "Pass auto, on or off as flashAttention, not '" + choice + "'.");
}

/**
 * The number of threads, at most that of processors. Threads wait by spinning: one too many makes it a hundred times
 * slower.
 */
int32_t thread_count(const Napi::Value & value, const char * name) {
    const int32_t processors = std::max(1, static_cast<int32_t>(std::thread::hardware_concurrency()));
    return std::min(integer(value, name, 1, 512), processors);
}

ContextOptions read_options(const Napi::Value & value) {
    Napi::Object input = object(value, "options");
    ContextOptions options{};
    options.cells              = integer(input.Get("cells"), "cells", 1, 1 << 30);
    options.max_sequences      = integer(input.Get("maxSequences"), "maxSequences", 1, static_cast<double>(llama_max_parallel_sequences()));
    options.batch_tokens       = integer(input.Get("batchTokens"), "batchTokens", 1, 1 << 20);
    options.micro_batch_tokens = integer(input.Get("microBatchTokens"), "microBatchTokens", 1, options.batch_tokens);
    options.threads            = thread_count(input.Get("threads"), "threads");
    options.generation_threads = input.Get("generationThreads").IsUndefined()
                                     ? options.threads
                                     : thread_count(input.Get("generationThreads"), "generationThreads");
    options.kept_rows          = input.Get("keptRows").IsUndefined() ? 32 : integer(input.Get("keptRows"), "keptRows", 1, 4096);
    options.key_type           = cache_type(input.Get("keyType"), "keyType");
    options.value_type         = cache_type(input.Get("valueType"), "valueType");
    options.flash_attention    = flash_attention(input.Get("flashAttention"));
    if (ggml_is_quantized(options.value_type) && options.flash_attention == LLAMA_FLASH_ATTN_TYPE_DISABLED) {
        throw Failure(code::argument, "A quantized valueType needs flash attention; pass flashAttention 'auto' or 'on'.");
    }
    return options;
}

template <class T, class Values> Napi::TypedArrayOf<T> to_array(Napi::Env env, const Values & values) {
    auto array = Napi::TypedArrayOf<T>::New(env, values.size());
    if (!values.empty()) {
        std::memcpy(array.Data(), values.data(), values.size() * sizeof(T));
    }
    return array;
}

Napi::Object to_js(Napi::Env env, const Candidates & candidates) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("tokens", to_array<int32_t>(env, candidates.tokens));
    entry.Set("logits", to_array<float>(env, candidates.logits));
    entry.Set("logSumExp", candidates.log_sum_exp);
    entry.Set("row", static_cast<double>(candidates.row));
    return entry;
}

Napi::Value to_js(Napi::Env env, const DecodeOutput & output) {
    Napi::Array candidates = Napi::Array::New(env, output.candidates.size());
    for (size_t i = 0; i < output.candidates.size(); ++i) {
        Napi::HandleScope scope(env);
        candidates.Set(static_cast<uint32_t>(i), to_js(env, output.candidates[i]));
    }
    Napi::Object result = Napi::Object::New(env);
    result.Set("candidates", candidates);
    result.Set("milliseconds", output.milliseconds);
    return result;
}

} // namespace

Napi::Function ContextObject::define(Napi::Env env) {
    return DefineClass(env, "Context",
        {InstanceMethod<&ContextObject::decode>("decode"), InstanceMethod<&ContextObject::logits>("logits"),
         InstanceMethod<&ContextObject::logits_of>("logitsOf"), InstanceMethod<&ContextObject::best_of>("bestOf"),
         InstanceMethod<&ContextObject::state_save>("stateSave"),
         InstanceMethod<&ContextObject::state_load>("stateLoad"),
         InstanceMethod<&ContextObject::crop>("crop"), InstanceMethod<&ContextObject::share>("share"),
         InstanceMethod<&ContextObject::position_range>("positionRange"), InstanceMethod<&ContextObject::state_size>("stateSize"),
         InstanceMethod<&ContextObject::abort>("abort"), InstanceMethod<&ContextObject::sizes>("sizes"),
         InstanceAccessor<&ContextObject::is_disposed>("isDisposed"), InstanceMethod<&ContextObject::dispose>("dispose")});
}

ContextObject::ContextObject(const Napi::CallbackInfo & info) : Napi::ObjectWrap<ContextObject>(info) {}

ContextObject::~ContextObject() {
    if (model_ != nullptr) {
        model_->forget(this);
    }
}

Napi::Value ContextObject::create(Napi::Env env, const Napi::Value & options, std::shared_ptr<ModelCore> model, Napi::Object model_object,
                                  ModelObject * owner_of_model, const std::function<void(ContextObject *)> & opened) {
    const ContextOptions checked = read_options(options);
    Napi::Object instance = env.GetInstanceData<AddonData>()->context_class.New({});
    ContextObject * self  = Unwrap(instance);
    auto core = std::make_shared<ContextCore>(std::move(model), checked);
    self->core_         = core;
    self->owner_        = std::make_unique<OwnerThread>(env, "sqlahead context", [core] { core->free(); });
    self->model_object_ = Napi::Persistent(model_object);
    self->model_        = owner_of_model;
    opened(self);
    OwnerThread * owner = self->owner_.get();
    return owner->run(
        env, *self, code::runtime, [core, owner] { return core->create(*owner); },
        [self](Napi::Env, const Sizes & sizes) -> Napi::Value {
            self->sizes_ = sizes;
            return self->Value();
        });
}

ContextCore & ContextObject::open() const {
    if (!core_ || core_->disposed) {
        throw Failure(code::disposed, "The context was disposed; create another one.");
    }
    return *core_;
}

llama_seq_id ContextObject::sequence(const Napi::Value & value, const char * name) const {
    return integer(value, name, 0, open().options().max_sequences - 1);
}

template <class Compute, class Convert> Napi::Value ContextObject::queue(Napi::Env env, Compute compute, Convert convert) {
    return owner_->run(env, *this, code::device, [core = core_, compute] { return compute(*core); }, convert);
}

std::shared_ptr<DecodeCall> ContextObject::read_batch(const Napi::CallbackInfo & info) const {
    const ContextCore & core = open();
    Napi::Object batch = object(info[0], "batch");
    Napi::Int32Array tokens    = int32_array(batch.Get("tokens"), "batch.tokens");
    Napi::Int32Array positions = int32_array(batch.Get("positions"), "batch.positions");
    Napi::Int32Array sequences = int32_array(batch.Get("sequences"), "batch.sequences");
    Napi::Uint8Array logits    = uint8_array(batch.Get("logits"), "batch.logits");
    const size_t count = tokens.ElementLength();
    if (positions.ElementLength() != count || sequences.ElementLength() != count || logits.ElementLength() != count) {
        throw Failure(code::argument, "The arrays of a batch differ in length; pass one entry a token in each.");
    }
    if (count == 0 || count > static_cast<size_t>(core.options().batch_tokens)) {
        throw Failure(code::argument, "A batch holds 1 to " + std::to_string(core.options().batch_tokens) + " tokens (batchTokens), not " +
                                          std::to_string(count) + "; split it.");
    }
    auto call = std::make_shared<DecodeCall>();
    call->tokens.assign(tokens.Data(), tokens.Data() + count);
    call->positions.assign(positions.Data(), positions.Data() + count);
    call->sequences.assign(sequences.Data(), sequences.Data() + count);
    call->logits.assign(logits.Data(), logits.Data() + count);
    call->top_k = integer(info[1], "topK", 0, core.model()->vocabulary_size);
    for (size_t i = 0; i < count; ++i) {
        if (call->tokens[i] < 0 || call->tokens[i] >= core.model()->vocabulary_size) {
            throw Failure(code::argument, "Token " + std::to_string(call->tokens[i]) + " is not in the vocabulary of " +
                                              std::to_string(core.model()->vocabulary_size) + " tokens; pass tokens of this model.");
        }
        if (call->sequences[i] < 0 || call->sequences[i] >= core.options().max_sequences) {
            throw Failure(code::argument, "Sequence " + std::to_string(call->sequences[i]) + " is not below maxSequences (" +
                                              std::to_string(core.options().max_sequences) + "); create the context with more.");
        }
    }
    return call;
}

Napi::Value ContextObject::decode(const Napi::CallbackInfo & info) {
    return guarded_async(info.Env(), [&]() -> Napi::Value {
        auto call = read_batch(info);
        unsettled_.push_back(call);
        return owner_->run(
            info.Env(), *this, code::device, [core = core_, call] { return core->decode(*call); },
            [](Napi::Env env, const DecodeOutput & output) { return to_js(env, output); },
            // Promises are settled in order of arrival, so the settled decode is the oldest one.
            [this] { unsettled_.pop_front(); });
    });
}

Napi::Value ContextObject::logits(const Napi::CallbackInfo & info) {
    return guarded_async(info.Env(), [&]() -> Napi::Value {
        open();
        const int32_t index = integer(info[0], "index", 0, INT32_MAX);
        return queue(
            info.Env(), [index](ContextCore & core) { return core.logits(index); },
            [](Napi::Env env, const std::vector<float> & values) -> Napi::Value { return to_array<float>(env, values); });
    });
}

Napi::Value ContextObject::best_of(const Napi::CallbackInfo & info) {
    return guarded_async(info.Env(), [&]() -> Napi::Value {
        const auto row  = static_cast<int64_t>(integer(info[0], "row", 0, INT32_MAX));
        const int32_t k = integer(info[1], "k", 0, open().model()->vocabulary_size);
        return queue(
            info.Env(), [row, k](ContextCore & core) { return core.best_of(row, k); },
            [](Napi::Env env, const Candidates & best) -> Napi::Value { return to_js(env, best); });
    });
}

Napi::Value ContextObject::logits_of(const Napi::CallbackInfo & info) {
    return guarded_async(info.Env(), [&]() -> Napi::Value {
        const int32_t vocabulary = open().model()->vocabulary_size;
        const auto row = static_cast<int64_t>(integer(info[0], "row", 0, INT32_MAX));
        Napi::Int32Array array = int32_array(info[1], "tokens");
        std::vector<llama_token> tokens(array.Data(), array.Data() + array.ElementLength());
        for (llama_token token : tokens) {
            if (token < 0 || token >= vocabulary) {
                throw Failure(code::argument, "Token " + std::to_string(token) + " is not in the vocabulary of " + std::to_string(vocabulary) +
                                                  " tokens; pass tokens of this model.");
            }
        }
        return queue(
            info.Env(), [row, tokens](ContextCore & core) { return core.logits_of(row, tokens); },
            [](Napi::Env env, const std::vector<float> & values) -> Napi::Value { return to_array<float>(env, values); });
    });
}

Napi::Value ContextObject::state_save(const Napi::CallbackInfo & info) {
    return guarded_async(info.Env(), [&]() -> Napi::Value {
        const llama_seq_id id = sequence(info[0], "sequence");
        return queue(
            info.Env(), [id](ContextCore & core) { return core.state_save(id); },
            [](Napi::Env env, const std::vector<uint8_t> & bytes) -> Napi::Value { return to_array<uint8_t>(env, bytes); });
    });
}

Napi::Value ContextObject::state_load(const Napi::CallbackInfo & info) {
    return guarded_async(info.Env(), [&]() -> Napi::Value {
        const llama_seq_id id = sequence(info[0], "sequence");
        Napi::Uint8Array array = uint8_array(info[1], "state");
        // Read in place, because copying a large state takes as long as reading it. The array is held until the promise
        // is settled.
        auto * held = new Napi::Reference<Napi::Uint8Array>(Napi::Persistent(array));
        return owner_->run(
            info.Env(), *this, code::device,
            [core = core_, id, state = array.Data(), size = array.ElementLength()] {
                core->state_load(id, state, size);
                return Nothing{};
            },
            to_undefined, [held] { delete held; });
    });
}

Napi::Value ContextObject::crop(const Napi::CallbackInfo & info) {
    return guarded_async(info.Env(), [&]() -> Napi::Value {
        const llama_seq_id id = sequence(info[0], "sequence");
        const llama_pos from  = integer(info[1], "from", 0, INT32_MAX);
        const llama_pos to    = integer(info[2], "to", -1, INT32_MAX);
        return queue(
            info.Env(),
            [=](ContextCore & core) {
                core.crop(id, from, to);
                return Nothing{};
            },
            to_undefined);
    });
}

Napi::Value ContextObject::share(const Napi::CallbackInfo & info) {
    return guarded_async(info.Env(), [&]() -> Napi::Value {
        const llama_seq_id from = sequence(info[0], "from");
        const llama_seq_id to   = sequence(info[1], "to");
        const llama_pos start   = integer(info[2], "start", 0, INT32_MAX);
        const llama_pos end     = integer(info[3], "end", -1, INT32_MAX);
        if (from == to) {
            throw Failure(code::argument, "A sequence cannot be shared with itself; pass another one as to.");
        }
        return queue(
            info.Env(),
            [=](ContextCore & core) {
                core.share(from, to, start, end);
                return Nothing{};
            },
            to_undefined);
    });
}

Napi::Value ContextObject::position_range(const Napi::CallbackInfo & info) {
    return guarded_async(info.Env(), [&]() -> Napi::Value {
        const llama_seq_id id = sequence(info[0], "sequence");
        return queue(
            info.Env(), [id](ContextCore & core) { return core.position_range(id); },
            [](Napi::Env env, const std::pair<llama_pos, llama_pos> & range) -> Napi::Value {
                Napi::Object result = Napi::Object::New(env);
                result.Set("min", range.first);
                result.Set("max", range.second);
                return result;
            });
    });
}

Napi::Value ContextObject::state_size(const Napi::CallbackInfo & info) {
    return guarded_async(info.Env(), [&]() -> Napi::Value {
        const llama_seq_id id = sequence(info[0], "sequence");
        return queue(
            info.Env(), [id](ContextCore & core) { return core.state_size(id); },
            [](Napi::Env env, size_t bytes) -> Napi::Value { return Napi::Number::New(env, static_cast<double>(bytes)); });
    });
}

Napi::Value ContextObject::abort(const Napi::CallbackInfo & info) {
    // To the caller the oldest open promise is the running decode, even if the thread is ahead of it.
    if (!unsettled_.empty()) {
        unsettled_.front()->aborted = true;
    }
    return info.Env().Undefined();
}

Napi::Value ContextObject::sizes(const Napi::CallbackInfo & info) {
    Napi::Env env = info.Env();
    Napi::Object result = Napi::Object::New(env);
    Napi::Array buffers = Napi::Array::New(env);
    for (const auto & [name, bytes] : sizes_.kv_buffers) {
        Napi::Object buffer = Napi::Object::New(env);
        buffer.Set("name", name);
        buffer.Set("bytes", static_cast<double>(bytes));
        buffers.Set(buffers.Length(), buffer);
    }
    result.Set("cells", sizes_.cells);
    result.Set("maxSequences", sizes_.max_sequences);
    result.Set("kvBytes", static_cast<double>(sizes_.kv_bytes));
    result.Set("kvBytesPerToken", sizes_.cells == 0 ? 0 : static_cast<double>(sizes_.kv_bytes) / sizes_.cells);
    result.Set("kvBuffers", buffers);
    return result;
}

Napi::Value ContextObject::is_disposed(const Napi::CallbackInfo & info) {
    return Napi::Boolean::New(info.Env(), !core_ || core_->disposed);
}

Napi::Value ContextObject::begin_dispose() {
    core_->disposed = true;
    for (auto & call : unsettled_) {
        call->aborted = true;
    }
    return owner_->run(
        Env(), *this, code::runtime,
        [core = core_] {
            core->free();
            return Nothing{};
        },
        to_undefined);
}

Napi::Value ContextObject::dispose(const Napi::CallbackInfo & info) {
    return guarded_async(info.Env(), [&]() -> Napi::Value {
        if (!core_) {
            throw Failure(code::disposed, "This object was never created; use createContext().");
        }
        return begin_dispose();
    });
}

} // namespace sqlahead
