// See candidates.h.
#include "candidates.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace sqlahead {

namespace {

/**
 * exp(x) for x <= 0, with an error below 3e-7: 2^n * 2^f, the latter by a polynomial. Without branches, so that the
 * compiler vectorizes the loop over a vocabulary of 150,000 tokens. With std::exp this loop took a tenth of a small
 * model's time for a token.
 */
inline float fast_exp(float x) {
    const float scaled = std::max(x, -87.0f) * 1.44269504f;
    const int32_t whole = static_cast<int32_t>(scaled - 0.5f); // rounds towards zero: within 1 of scaled
    const float f = (scaled - static_cast<float>(whole)) * 0.69314718f;
    const float power = 1 + f * (1 + f * (0.5f + f * (0.16666667f + f * (0.04166667f + f * (0.00833333f + f * 0.00138889f)))));
    const int32_t bits = (whole + 127) << 23;
    float exponent;
    std::memcpy(&exponent, &bits, sizeof exponent);
    return power * exponent;
}

} // namespace

Candidates best_candidates(const float * logits, int32_t vocabulary, int32_t k) {
    const auto better = [logits](int32_t a, int32_t b) {
        return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
    };

    // A heap with the worst of the k best on top: nearly every logit fails the one comparison with it.
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

    float parts[16] = {}; // independent sums: vectorized, and with less rounding than one
    int32_t token = 0;
    for (; token + 16 <= vocabulary; token += 16) {
        for (int32_t lane = 0; lane < 16; ++lane) {
            parts[lane] += fast_exp(logits[token + lane] - highest);
        }
    }
    double sum = 0;
    for (; token < vocabulary; ++token) {
        sum += fast_exp(logits[token] - highest);
    }
    for (float part : parts) {
        sum += part;
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
