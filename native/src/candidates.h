// Finds the best candidates in one row of logits. Plain C++, no llama.cpp and no JavaScript.
#pragma once

#include <cstdint>
#include <vector>

namespace sqlahead {

struct Candidates {
    std::vector<int32_t> tokens;
    std::vector<float>   logits;
    float                log_sum_exp;
    int64_t              row = 0; // number of the kept row of logits that they come from
};

/** The k highest logits, highest first (equal ones by token id), and log(sum(exp)) over all of them. */
Candidates best_candidates(const float * logits, int32_t vocabulary, int32_t k);

} // namespace sqlahead
