// One llama.cpp context: a unified KV cache and the thread that owns it. ContextCore runs only on the owner thread.
// ContextObject is its JavaScript side, `Context` in types.ts.
#pragma once

#include "candidates.h"
#include "model.h"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace sqlahead {

struct ContextOptions {
    int32_t cells;
    int32_t max_sequences;
    int32_t batch_tokens;
    int32_t micro_batch_tokens;
    int32_t threads;
    int32_t generation_threads; // for a micro-batch of one token
    int32_t kept_rows;
    ggml_type key_type   = GGML_TYPE_F16;
    ggml_type value_type = GGML_TYPE_F16;
    llama_flash_attn_type flash_attention = LLAMA_FLASH_ATTN_TYPE_AUTO;
};

/** One call of decode(), copied from the typed arrays. */
struct DecodeCall {
    std::vector<llama_token>  tokens;
    std::vector<llama_pos>    positions;
    std::vector<llama_seq_id> sequences;
    std::vector<int8_t>       logits;
    int32_t                   top_k = 0;
    std::atomic<bool>         aborted{false}; // set on the JavaScript thread
};

struct DecodeOutput {
    std::vector<Candidates> candidates;
    double milliseconds = 0;
};

struct Sizes {
    int32_t cells         = 0;
    int32_t max_sequences = 0;
    size_t  kv_bytes      = 0;
    std::vector<std::pair<std::string, size_t>> kv_buffers;
};

class ContextCore {
public:
    ContextCore(std::shared_ptr<ModelCore> model, ContextOptions options) : model_(std::move(model)), options_(options) {
        model_->context_opened();
    }
    ~ContextCore() { free(); }

    /** Reads `stopping` of the owner while it runs. @throws Failure */
    Sizes create(const OwnerThread & owner);
    void free();

    DecodeOutput decode(DecodeCall & call);
    std::vector<float> logits(int32_t index);
    /** The k best of a kept row. @throws Failure ERR_ARGUMENT when the row is gone. */
    Candidates best_of(int64_t row, int32_t k);
    /** The logits of some tokens in a kept row. @throws Failure ERR_ARGUMENT when the row is gone. */
    std::vector<float> logits_of(int64_t row, const std::vector<llama_token> & tokens);
    void crop(llama_seq_id sequence, llama_pos from, llama_pos to);
    void share(llama_seq_id from, llama_seq_id to, llama_pos start, llama_pos end);
    std::pair<llama_pos, llama_pos> position_range(llama_seq_id sequence);
    size_t state_size(llama_seq_id sequence);
    /** The cells of a sequence behind a header of ours with length and checksum. */
    std::vector<uint8_t> state_save(llama_seq_id sequence);
    /** Empties the sequence first. After a Failure the sequence is empty. */
    void state_load(llama_seq_id sequence, const uint8_t * state, size_t size);

    const std::shared_ptr<ModelCore> & model() const { return model_; }
    const ContextOptions & options() const { return options_; }
    std::atomic<bool> disposed{false}; // set on the JavaScript thread; makes queued calls fail

private:
    void check_usable() const;
    void check_memory() const;
    void check_positions(const DecodeCall & call) const;
    /** Evaluates tokens [begin, end) of the call, at most one micro-batch. Returns llama_decode's code. */
    int32_t evaluate(const DecodeCall & call, size_t begin, size_t end);
    void roll_back(const std::map<llama_seq_id, llama_pos> & ends);

    const std::shared_ptr<ModelCore> model_;
    const ContextOptions options_;
    llama_context * context_ = nullptr;
    llama_memory_t  memory_  = nullptr;
    size_t micro_batch_      = 0;
    bool broken_             = false; // the device failed, and nobody knows what the cache holds
    bool closed_             = false;

    const OwnerThread * owner_ = nullptr;
    const DecodeCall * running_ = nullptr; // the abort callback reads it

    /** A copy of a row of logits: the next decode overwrites llama.cpp's buffer. */
    struct Row {
        int64_t            number;
        std::vector<float> logits;
    };
    std::deque<Row> rows_;             // oldest first, at most kept_rows, but all of the last decode
    size_t          wanted_last_ = 0;  // rows of the last decode
    int64_t         next_row_    = 1;
    const std::vector<float> & kept(int64_t row) const;
    void keep_row(const float * logits);
};

class ContextObject : public Napi::ObjectWrap<ContextObject> {
public:
    static Napi::Function define(Napi::Env env);
    /** `Model.createContext`. @param opened is called with the new object before its thread works. */
    static Napi::Value create(Napi::Env env, const Napi::Value & options, std::shared_ptr<ModelCore> model,
                              Napi::Object model_object, ModelObject * owner_of_model,
                              const std::function<void(ContextObject *)> & opened);

    explicit ContextObject(const Napi::CallbackInfo & info);
    ~ContextObject() override;

    /** Aborts the running call, fails the queued ones, then frees the context. */
    Napi::Value begin_dispose();
    void forget_model() { model_ = nullptr; }

private:
    Napi::Value decode(const Napi::CallbackInfo & info);
    Napi::Value logits(const Napi::CallbackInfo & info);
    Napi::Value best_of(const Napi::CallbackInfo & info);
    Napi::Value logits_of(const Napi::CallbackInfo & info);
    Napi::Value crop(const Napi::CallbackInfo & info);
    Napi::Value share(const Napi::CallbackInfo & info);
    Napi::Value position_range(const Napi::CallbackInfo & info);
    Napi::Value state_size(const Napi::CallbackInfo & info);
    Napi::Value state_save(const Napi::CallbackInfo & info);
    Napi::Value state_load(const Napi::CallbackInfo & info);
    Napi::Value abort(const Napi::CallbackInfo & info);
    Napi::Value sizes(const Napi::CallbackInfo & info);
    Napi::Value is_disposed(const Napi::CallbackInfo & info);
    Napi::Value dispose(const Napi::CallbackInfo & info);

    /** @throws Failure ERR_DISPOSED */
    ContextCore & open() const;
    llama_seq_id sequence(const Napi::Value & value, const char * name) const;
    std::shared_ptr<DecodeCall> read_batch(const Napi::CallbackInfo & info) const;
    template <class Compute, class Convert> Napi::Value queue(Napi::Env env, Compute compute, Convert convert);

    std::shared_ptr<ContextCore> core_;
    std::unique_ptr<OwnerThread> owner_; // declared after core_, so it ends first
    Napi::ObjectReference model_object_; // keeps the model's object alive
    ModelObject * model_ = nullptr;
    Sizes sizes_;
    std::deque<std::shared_ptr<DecodeCall>> unsettled_; // decodes without a settled promise, oldest first
};

} // namespace sqlahead
