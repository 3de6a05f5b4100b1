// Checks a GGUF file before llama.cpp loads it. A damaged file, or a model whose cache cannot be cropped, is refused
// with a sentence for the user, before gigabytes are read.
#pragma once

#include <string>

namespace sqlahead {

/**
 * @param path UTF-8
 * @throws Failure ERR_MODEL_NOT_FOUND | ERR_MODEL_INVALID | ERR_MODEL_UNSUPPORTED
 */
void check_model_file(const std::string & path, bool vocabulary_only);

/** "model.gguf" of "/a/b/model.gguf". */
std::string base_name(const std::string & path);

} // namespace sqlahead
