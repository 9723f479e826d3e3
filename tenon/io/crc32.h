// The checksum of zip files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tenon {

/// CRC-32 of ISO 3309 (polynomial 0xedb88320, reflected), which zip, gzip and PNG use. `before` is that of the bytes in
/// front, so that text in pieces has the checksum of the whole.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before = 0);

}  // namespace tenon
