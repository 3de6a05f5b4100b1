// See model_file.h.
#include "model_file.h"

#include "errors.h"
#include "log.h"

#include <gguf.h>
#include <llama.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

namespace sqlahead {

namespace {

namespace fs = std::filesystem;

using gguf_ptr = std::unique_ptr<gguf_context, decltype(&gguf_free)>;

[[noreturn]] void invalid(const std::string & path, const std::string & why) {
    throw Failure(code::model_invalid, "'" + base_name(path) + "' " + why + "; download or copy the model again.");
}

[[noreturn]] void unsupported(const std::string & path, const std::string & why) {
    throw Failure(code::model_unsupported, "'" + base_name(path) + "' " + why + "; choose a causal text model such as Qwen2.5-Coder.");
}

std::string string_value(const gguf_context * gguf, const std::string & key) {
    int64_t id = gguf_find_key(gguf, key.c_str());
    return id >= 0 && gguf_get_kv_type(gguf, id) == GGUF_TYPE_STRING ? gguf_get_val_str(gguf, id) : "";
}

uint32_t uint_value(const gguf_context * gguf, const std::string & key) {
    int64_t id = gguf_find_key(gguf, key.c_str());
    if (id < 0) {
        return 0;
    }
    switch (gguf_get_kv_type(gguf, id)) {
        case GGUF_TYPE_UINT16: return gguf_get_val_u16(gguf, id);
        case GGUF_TYPE_UINT32: return gguf_get_val_u32(gguf, id);
        case GGUF_TYPE_INT32:  return static_cast<uint32_t>(gguf_get_val_i32(gguf, id));
        default:               return 0;
    }
}

bool is_false(const gguf_context * gguf, const std::string & key) {
    int64_t id = gguf_find_key(gguf, key.c_str());
    return id >= 0 && gguf_get_kv_type(gguf, id) == GGUF_TYPE_BOOL && !gguf_get_val_bool(gguf, id);
}

/** Opens one file and checks that every tensor it announces lies within it. */
gguf_ptr open_complete(const std::string & path) {
    std::error_code error;
    const fs::path file = fs::u8path(path);
    if (!fs::is_regular_file(file, error)) {
        throw Failure(code::model_not_found, "There is no file '" + path + "'; check the path of the model.");
    }
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        throw Failure(code::model_not_found, "'" + path + "' cannot be read; check the file's permissions.");
    }
    char magic[4] = {};
    stream.read(magic, sizeof magic);
    if (stream.gcount() == 0) {
        invalid(path, "is empty");
    }
    if (stream.gcount() != sizeof magic || std::memcmp(magic, "GGUF", sizeof magic) != 0) {
        invalid(path, "is no GGUF model file");
    }
    stream.close();

    LogCapture log;
    gguf_ptr gguf(gguf_init_from_file(path.c_str(), {/* no_alloc */ true, /* ctx */ nullptr}), gguf_free);
    if (!gguf) {
        const std::string reason = log.reason();
        invalid(path, "has a header that is damaged, cut off or of another version" + (reason.empty() ? "" : " (" + reason + ")"));
    }
    const uint64_t size = fs::file_size(file, error);
    const uint64_t data = gguf_get_data_offset(gguf.get());
    for (int64_t i = 0; i < gguf_get_n_tensors(gguf.get()); ++i) {
        const uint64_t offset = gguf_get_tensor_offset(gguf.get(), i);
        const uint64_t bytes  = gguf_get_tensor_size(gguf.get(), i);
        // Compare each term with the file's size first, so that no sum can overflow.
        if (data > size || offset > size - data || bytes > size - data - offset) {
            invalid(path, "is cut off: tensor '" + std::string(gguf_get_tensor_name(gguf.get(), i)) + "' lies beyond its " +
                              std::to_string(size) + " bytes");
        }
    }
    return gguf;
}

/** A model in several files names the others by a pattern: checks that all of them are whole. */
void check_other_parts(const std::string & path, const gguf_context * gguf) {
    const int32_t count = static_cast<int32_t>(uint_value(gguf, "split.count"));
    if (count < 2) {
        return;
    }
    const int32_t index = static_cast<int32_t>(uint_value(gguf, "split.no"));
    char prefix[4096];
    if (index != 0 || llama_split_prefix(prefix, sizeof prefix, path.c_str(), 0, count) == 0) {
        throw Failure(code::model_invalid, "'" + base_name(path) + "' is a part of a model in " + std::to_string(count) +
                                               " files; give the first, named *-00001-of-*.gguf.");
    }
    for (int32_t part = 1; part < count; ++part) {
        char other[4096];
        llama_split_path(other, sizeof other, prefix, part, count);
        std::error_code error;
        if (!fs::is_regular_file(fs::u8path(other), error)) {
            throw Failure(code::model_not_found, "'" + base_name(other) + "', part " + std::to_string(part + 1) + " of " +
                                                     std::to_string(count) + " of the model, is missing; put it beside the first part.");
        }
        open_complete(other);
    }
}

} // namespace

std::string base_name(const std::string & path) {
    return fs::u8path(path).filename().u8string();
}

void check_model_file(const std::string & path, bool vocabulary_only) {
    const gguf_ptr gguf = open_complete(path);
    // First: a later part says nothing else of the model.
    check_other_parts(path, gguf.get());
    const std::string architecture = string_value(gguf.get(), "general.architecture");
    if (architecture.empty()) {
        invalid(path, "names no model architecture");
    }
    const std::string type = string_value(gguf.get(), "general.type");
    if (architecture == "clip" || type == "mmproj") {
        unsupported(path, "is a multimodal projector, no text model");
    }
    if (!type.empty() && type != "model") {
        unsupported(path, "is no model but of type '" + type + "'");
    }
    const std::string tokenizer = string_value(gguf.get(), "tokenizer.ggml.model");
    if (tokenizer.empty() || tokenizer == "none" || tokenizer == "no_vocab") {
        unsupported(path, "has no vocabulary");
    }
    if (is_false(gguf.get(), architecture + ".attention.causal") || uint_value(gguf.get(), architecture + ".pooling_type") != 0) {
        unsupported(path, "is an embedding or ranking model (" + architecture + ")");
    }
    if (!vocabulary_only && gguf_get_n_tensors(gguf.get()) == 0) {
        unsupported(path, "holds a vocabulary only, no weights");
    }
}

} // namespace sqlahead
