// ContextCore of context.h: what happens on the owner thread.
#include "context.h"

#include "checksum.h"
#include "log.h"

#include <llama-ext.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace sqlahead {

namespace {

constexpr const char * recreate = "; dispose the context and create it again.";

/**
 * Written before a saved sequence. state_load checks it first, because llama.cpp ends the process on some kinds of damage.
 */
struct StateHeader {
    char     magic[8] = {'S', 'Q', 'L', 'A', 'K', 'V', '0', '2'};
    uint64_t bytes    = 0;
    uint64_t checksum = 0;
};

/** A number in the GGUF's metadata, or `otherwise` when it has none. */
int64_t metadata_number(const llama_model * model, const std::string & key, int64_t otherwise) {
    char value[32];
    return llama_model_meta_val_str(model, key.c_str(), value, sizeof value) > 0 ? std::strtoll(value, nullptr, 10) : otherwise;
}

} // namespace

Sizes ContextCore::create(const OwnerThread & owner) {
    check_usable();
    owner_ = &owner;
    check_memory();

    llama_context_params params = llama_context_default_params();
    params.n_ctx     = static_cast<uint32_t>(options_.cells);
    params.n_ubatch  = static_cast<uint32_t>(options_.micro_batch_tokens);
    // We submit one micro-batch at a time; besides, llama.cpp asserts room for one output for each sequence.
    params.n_batch   = static_cast<uint32_t>(std::max(options_.micro_batch_tokens, options_.max_sequences));
    params.n_seq_max = static_cast<uint32_t>(options_.max_sequences);
    params.n_threads = options_.generation_threads;
    params.n_threads_batch = options_.threads;
    params.type_k      = options_.key_type;
    params.type_v      = options_.value_type;
    params.kv_unified  = true;
    params.offload_kqv = model_->uses_gpu();
    params.op_offload  = model_->uses_gpu();
    params.flash_attn_type = options_.flash_attention;
    params.no_perf = true;
    params.abort_callback = [](void * self) {
        const auto * core = static_cast<const ContextCore *>(self);
        return core->owner_->stopping() || (core->running_ != nullptr && core->running_->aborted.load(std::memory_order_relaxed));
    };
    params.abort_callback_data = this;

    LogCapture log;
    {
        std::lock_guard<std::mutex> one_at_a_time(model_->creating);
        context_ = llama_init_from_model(model_->model, params);
    }
    if (context_ == nullptr) {
        if (log.contains("allocate")) {
            throw Failure(code::out_of_memory, "The context does not fit into memory; ask for fewer cells or put fewer layers on the GPU.");
        }
        throw Failure(code::argument, "llama.cpp refused the context (" + log.reason() + "); choose other cache types or sizes.");
    }
    memory_ = llama_get_memory(context_);
    if (memory_ == nullptr) {
        throw Failure(code::argument, "This model keeps no cache; choose a causal text model.");
    }
    micro_batch_ = llama_n_ubatch(context_);

    Sizes sizes;
    sizes.cells         = static_cast<int32_t>(llama_n_ctx(context_));
    sizes.max_sequences = options_.max_sequences;
    for (const auto & [buffer, bytes] : llama_get_memory_breakdown(context_)) {
        if (bytes.context > 0) {
            sizes.kv_buffers.emplace_back(ggml_backend_buft_name(buffer), bytes.context);
            sizes.kv_bytes += bytes.context;
        }
    }
    return sizes;
}

/**
 * Refuses a cache that is larger than the machine's memory. The system may promise that memory all the same and then
 * kill the process when llama.cpp clears it, so llama.cpp's own check never reports it.
 */
void ContextCore::check_memory() const {
    const llama_model * model = model_->model;
    char name[64] = {};
    llama_model_meta_val_str(model, "general.architecture", name, sizeof name);
    const std::string architecture = name;
    const int64_t heads      = std::max(1, llama_model_n_head(model));
    const int64_t head       = llama_model_n_embd(model) / heads;
    const int64_t key_head   = metadata_number(model, architecture + ".attention.key_length", head);
    const int64_t value_head = metadata_number(model, architecture + ".attention.value_length", head);
    const double cells  = options_.cells;
    const double values = cells * llama_model_n_layer(model) * llama_model_n_head_kv(model);
    const double bytes  = values * static_cast<double>(key_head) * ggml_type_size(options_.key_type) / ggml_blck_size(options_.key_type) +
                         values * static_cast<double>(value_head) * ggml_type_size(options_.value_type) / ggml_blck_size(options_.value_type);
    double available = 0;
    for (size_t i = 0; i < ggml_backend_dev_count(); ++i) {
        ggml_backend_dev_t device = ggml_backend_dev_get(i);
        if (ggml_backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_CPU || model_->uses_gpu()) {
            size_t free = 0, total = 0;
            ggml_backend_dev_memory(device, &free, &total);
            available += static_cast<double>(total);
        }
    }
    if (bytes > available) {
        throw Failure(code::out_of_memory, "A cache of " + std::to_string(options_.cells) + " cells takes " +
                                               std::to_string(static_cast<int64_t>(bytes / 1048576)) + " MiB, more than this machine has; ask for fewer cells.");
    }
}

void ContextCore::free() {
    rows_.clear();
    if (context_ != nullptr) {
        llama_free(context_);
        context_ = nullptr;
        memory_  = nullptr;
    }
    if (!closed_) {
        closed_ = true;
        model_->context_closed();
    }
}

void ContextCore::check_usable() const {
    if (disposed) {
        throw Failure(code::disposed, "The context was disposed; create another one.");
    }
    if (broken_) {
        throw Failure(code::device, std::string("The device failed before, and the cache's content is unknown") + recreate);
    }
}

void ContextCore::check_positions(const DecodeCall & call) const {
    std::map<llama_seq_id, llama_pos> next;
    for (size_t i = 0; i < call.tokens.size(); ++i) {
        const llama_seq_id sequence = call.sequences[i];
        auto found = next.try_emplace(sequence, 0);
        if (found.second) {
            found.first->second = llama_memory_seq_pos_max(memory_, sequence) + 1;
        }
        llama_pos & expected = found.first->second;
        if (call.positions[i] != expected) {
            throw Failure(code::argument, "Entry " + std::to_string(i) + " of the batch has position " + std::to_string(call.positions[i]) +
                                              " where sequence " + std::to_string(sequence) + " continues at " + std::to_string(expected) +
                                              "; read positionRange and number from there.");
        }
        ++expected;
    }
}

int32_t ContextCore::evaluate(const DecodeCall & call, size_t begin, size_t end) {
    const size_t count = end - begin;
    std::vector<int32_t> one(count, 1);
    std::vector<llama_seq_id *> sequences(count);
    for (size_t i = 0; i < count; ++i) {
        sequences[i] = const_cast<llama_seq_id *>(&call.sequences[begin + i]);
    }
    llama_batch batch{};
    batch.n_tokens = static_cast<int32_t>(count);
    batch.token    = const_cast<llama_token *>(call.tokens.data() + begin);
    batch.pos      = const_cast<llama_pos *>(call.positions.data() + begin);
    batch.n_seq_id = one.data();
    batch.seq_id   = sequences.data();
    batch.logits   = const_cast<int8_t *>(call.logits.data() + begin);
    const int32_t status = llama_decode(context_, batch);
    // A GPU goes on working after llama_decode returns. We wait for it here, because between micro-batches it can be
    // stopped.
    llama_synchronize(context_);
    return status;
}

void ContextCore::roll_back(const std::map<llama_seq_id, llama_pos> & ends) {
    for (const auto & [sequence, end] : ends) {
        if (!llama_memory_seq_rm(memory_, sequence, end, -1)) {
            broken_ = true;
        }
    }
}

DecodeOutput ContextCore::decode(DecodeCall & call) {
    check_usable();
    check_positions(call);
    const auto started = std::chrono::steady_clock::now();
    wanted_last_ = 0;

    std::map<llama_seq_id, llama_pos> ends; // where each sequence ended before this call
    for (llama_seq_id sequence : call.sequences) {
        ends.try_emplace(sequence, llama_memory_seq_pos_max(memory_, sequence) + 1);
    }

    DecodeOutput output;
    running_ = &call;
    try {
        LogCapture log;
        for (size_t begin = 0; begin < call.tokens.size(); begin += micro_batch_) {
            const size_t end = std::min(begin + micro_batch_, call.tokens.size());
            const int32_t status = call.aborted || owner_->stopping() ? 2 : evaluate(call, begin, end);
            if (status == 2) {
                throw Failure(code::aborted, "The decode was aborted; read positionRange to see which positions stayed.");
            }
            if (status == 1) {
                roll_back(ends);
                throw Failure(code::context_full, "The cache has no room for these " + std::to_string(call.tokens.size()) +
                                                      " tokens; crop a sequence or create a larger context.");
            }
            if (status == -1) {
                throw Failure(code::argument, "llama.cpp refused the batch (" + log.reason() + "); read positionRange and build it again.");
            }
            if (status != 0) {
                broken_ = true;
                throw Failure(log.contains("allocate") ? code::out_of_memory : code::device, "The backend failed while evaluating (" + log.reason() + ")" + recreate);
            }
            for (size_t i = begin; i < end; ++i) {
                if (call.logits[i] == 0) {
                    continue;
                }
                const float * logits = llama_get_logits_ith(context_, static_cast<int32_t>(i - begin));
                if (logits == nullptr) {
                    broken_ = true;
                    throw Failure(code::device, std::string("The backend returned no logits") + recreate);
                }
                output.candidates.push_back(best_candidates(logits, model_->vocabulary_size, call.top_k));
                output.candidates.back().row = next_row_;
                keep_row(logits);
            }
        }
    } catch (const Failure &) {
        running_ = nullptr;
        wanted_last_ = 0;
        throw;
    } catch (...) { // a GPU backend throws when its device is lost
        running_ = nullptr;
        wanted_last_ = 0;
        broken_ = true;
        throw;
    }
    running_ = nullptr;
    output.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
    return output;
}

void ContextCore::keep_row(const float * logits) {
    ++wanted_last_;
    std::vector<float> buffer;
    const size_t most = std::max(wanted_last_, static_cast<size_t>(options_.kept_rows));
    while (rows_.size() >= most) {
        buffer = std::move(rows_.front().logits); // reuse its memory for the new row
        rows_.pop_front();
    }
    buffer.assign(logits, logits + model_->vocabulary_size);
    rows_.push_back({next_row_++, std::move(buffer)});
}

std::vector<float> ContextCore::logits(int32_t index) {
    check_usable();
    if (index < 0 || static_cast<size_t>(index) >= wanted_last_) {
        throw Failure(code::argument, "The last decode has " + std::to_string(wanted_last_) + " wanted positions, and " +
                                          std::to_string(index) + " is none of them; decode with logits first.");
    }
    return rows_[rows_.size() - wanted_last_ + static_cast<size_t>(index)].logits;
}

const std::vector<float> & ContextCore::kept(int64_t row) const {
    const int64_t index = rows_.empty() ? -1 : row - rows_.front().number;
    if (index < 0 || index >= static_cast<int64_t>(rows_.size())) {
        throw Failure(code::argument, "The logits of row " + std::to_string(row) + " are no longer kept; evaluate the token again.");
    }
    return rows_[static_cast<size_t>(index)].logits;
}

Candidates ContextCore::best_of(int64_t row, int32_t k) {
    check_usable();
    Candidates best = best_candidates(kept(row).data(), model_->vocabulary_size, k);
    best.row = row;
    return best;
}

std::vector<float> ContextCore::logits_of(int64_t row, const std::vector<llama_token> & tokens) {
    check_usable();
    const std::vector<float> & logits = kept(row);
    std::vector<float> values;
    values.reserve(tokens.size());
    for (llama_token token : tokens) {
        values.push_back(logits[static_cast<size_t>(token)]);
    }
    return values;
}

void ContextCore::crop(llama_seq_id sequence, llama_pos from, llama_pos to) {
    check_usable();
    if (!llama_memory_seq_rm(memory_, sequence, from, to)) {
        throw Failure(code::crop, "The cache refused to remove positions " + std::to_string(from) + " to " + std::to_string(to) + " of sequence " +
                                      std::to_string(sequence) + "; crop the whole sequence and evaluate it again.");
    }
}

void ContextCore::share(llama_seq_id from, llama_seq_id to, llama_pos start, llama_pos end) {
    check_usable();
    if (from == to) {
        return;
    }
    crop(to, 0, -1);
    llama_memory_seq_cp(memory_, from, to, start, end);
}

std::pair<llama_pos, llama_pos> ContextCore::position_range(llama_seq_id sequence) {
    check_usable();
    return {llama_memory_seq_pos_min(memory_, sequence), llama_memory_seq_pos_max(memory_, sequence)};
}

size_t ContextCore::state_size(llama_seq_id sequence) {
    check_usable();
    return sizeof(StateHeader) + llama_state_seq_get_size(context_, sequence);
}

std::vector<uint8_t> ContextCore::state_save(llama_seq_id sequence) {
    check_usable();
    std::vector<uint8_t> state(state_size(sequence));
    uint8_t * data = state.data() + sizeof(StateHeader);
    StateHeader header;
    header.bytes = llama_state_seq_get_data(context_, data, state.size() - sizeof header, sequence);
    if (header.bytes == 0 || header.bytes > state.size() - sizeof header) {
        throw Failure(code::state, "The state of sequence " + std::to_string(sequence) + " could not be read; evaluate its tokens again when needed.");
    }
    header.checksum = checksum(data, header.bytes);
    std::memcpy(state.data(), &header, sizeof header);
    state.resize(sizeof header + header.bytes);
    return state;
}

void ContextCore::state_load(llama_seq_id sequence, const uint8_t * state, size_t size) {
    check_usable();
    crop(sequence, 0, -1);
    StateHeader header;
    const StateHeader expected;
    const char * advice = "; drop it and evaluate the tokens again.";
    if (size >= sizeof header) {
        std::memcpy(&header, state, sizeof header);
    }
    const uint8_t * data = state + sizeof header;
    if (size < sizeof header || std::memcmp(header.magic, expected.magic, sizeof header.magic) != 0 ||
        header.bytes != size - sizeof header || header.checksum != checksum(data, header.bytes)) {
        throw Failure(code::state, std::string("The saved state is damaged") + advice);
    }
    LogCapture log;
    if (llama_state_seq_set_data(context_, data, header.bytes, sequence) == 0) {
        crop(sequence, 0, -1);
        if (log.contains("available cells") || log.contains("find a slot")) {
            throw Failure(code::context_full, "The cache has no room for the saved state; crop a sequence or create a larger context.");
        }
        throw Failure(code::state, "The saved state does not fit this model and its cache types (" + log.reason() + ")" + advice);
    }
}

} // namespace sqlahead
