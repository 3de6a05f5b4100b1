// A checksum that finds accidental damage, not malice. Plain C++.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sqlahead {

/**
 * 64 bits over any bytes. Every changed bit changes it, almost certainly. Four sums run side by side and are joined at
 * the end, so that the processor multiplies them at once and only the memory limits the speed.
 */
inline uint64_t checksum(const uint8_t * data, size_t size) {
    constexpr uint64_t prime = 0x9E3779B97F4A7C15ull;
    constexpr size_t lanes = 4, block = lanes * sizeof(uint64_t);
    const auto mix = [](uint64_t & hash, uint64_t word) {
        hash = (hash ^ word) * prime;
        hash ^= hash >> 29;
    };
    uint64_t hashes[lanes] = {prime ^ size, 1, 2, 3};
    const auto mix_block = [&](const uint8_t * from) {
        uint64_t words[lanes];
        std::memcpy(words, from, block);
        for (size_t lane = 0; lane < lanes; ++lane) {
            mix(hashes[lane], words[lane]);
        }
    };
    size_t at = 0;
    for (; at + block <= size; at += block) {
        mix_block(data + at);
    }
    uint8_t rest[block] = {};
    std::memcpy(rest, data + at, size - at);
    mix_block(rest);
    for (size_t lane = 1; lane < lanes; ++lane) {
        mix(hashes[0], hashes[lane]);
    }
    return hashes[0];
}

} // namespace sqlahead
