// A checksum against damage, not against malice. Plain C++.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sqlahead {

/** 64 bits over any bytes; every changed bit changes it with near certainty. */
inline uint64_t checksum(const uint8_t * data, size_t size) {
    constexpr uint64_t prime = 0x9E3779B97F4A7C15ull;
    uint64_t hash = prime ^ size;
    const auto mix = [&hash](uint64_t word) {
        hash = (hash ^ word) * prime;
        hash ^= hash >> 29;
    };
    size_t at = 0;
    for (; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
        uint64_t word;
        std::memcpy(&word, data + at, sizeof word);
        mix(word);
    }
    uint64_t rest = 0;
    if (at < size) {
        std::memcpy(&rest, data + at, size - at);
    }
    mix(rest);
    return hash;
}

} // namespace sqlahead
