// See candidates.h.
#include "candidates.h"

#include <algorithm>
#include <cmath>

namespace sqlahead {

Candidates best_candidates(const float * logits, int32_t vocabulary, int32_t k) {
    const auto better = [logits](int32_t a, int32_t b) {
        return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
    };

    // A heap whose top is the worst of the k best: nearly every logit fails the one comparison with it.
    std::vector<int32_t> best;
    best.reserve(static_cast<size_t>(k));
    float highest = logits[0];
    for (int32_t token = 0; token < vocabulary; ++token) {
        highest = std::max(highest, logits[token]);
        if (static_cast<int32_t>(best.size()) < k) {
            best.push_back(token);
            std::push_heap(best.begin(), best.end(), better);
        } else if (k > 0 && logits[token] > logits[best.front()]) {
            std::pop_heap(best.begin(), best.end(), better);
            best.back() = token;
            std::push_heap(best.begin(), best.end(), better);
        }
    }
    std::sort_heap(best.begin(), best.end(), better);

    double sum = 0;
    for (int32_t token = 0; token < vocabulary; ++token) {
        sum += std::exp(logits[token] - highest);
    }

    Candidates candidates;
    candidates.log_sum_exp = highest + static_cast<float>(std::log(sum));
    candidates.logits.reserve(best.size());
    for (int32_t token : best) {
        candidates.logits.push_back(logits[token]);
    }
    candidates.tokens = std::move(best);
    return candidates;
}

} // namespace sqlahead
