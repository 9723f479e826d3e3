// .npy files and zip archives put together by hand, as the formats' descriptions say.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/io/crc32.h"

namespace tenon::testing {

/// A file of version 1.0: magic, length, dictionary, data.
inline std::string npy_bytes(std::string_view dictionary, std::string_view data) {
  std::string file("\x93NUMPY\1\0", 8);
  file += static_cast<char>(dictionary.size() & 0xff);
  file += static_cast<char>(dictionary.size() >> 8);
  return file.append(dictionary).append(data);
}

/// The same of version 2.0 or 3.0, whose length has four bytes.
inline std::string npy_bytes_of_version(char major, std::string_view dictionary, std::string_view data) {
  const auto length = static_cast<std::uint32_t>(dictionary.size());
  std::string file("\x93NUMPY", 6);
  file.append({major, '\0'}).append(reinterpret_cast<const char*>(&length), 4);
  return file.append(dictionary).append(data);
}

/// With the three keys, values as Python writes them: npy_with("'<f4'", "False", "(2,)", data).
inline std::string npy_with(std::string_view type, std::string_view fortran_order, std::string_view shape,
                            std::string_view data) {
  return npy_bytes("{'descr': " + std::string(type) + ", 'fortran_order': " + std::string(fortran_order) +
                       ", 'shape': " + std::string(shape) + ", }",
                   data);
}

template <class... Numbers>
std::string numbers(Numbers... values) {
  std::string bytes;
  (bytes.append(reinterpret_cast<const char*>(&values), sizeof(values)), ...);
  return bytes;
}

/// An entry of an archive, with what its headers claim.
struct RawEntry {
  std::string name, data;  // as they lie in the file
  std::uint16_t method = 0;
  std::uint32_t bytes = 0;  // in the clear
  std::uint32_t crc = 0;
  std::string extra;       // of the table of contents
  std::string descriptor;  // behind the data; with one, the local header says zeros
};
inline RawEntry stored_entry(std::string name, std::string data) {
  const std::uint32_t crc = crc32(std::as_bytes(std::span(data))), bytes = static_cast<std::uint32_t>(data.size());
  return {std::move(name), std::move(data), 0, bytes, crc, "", ""};
}

/// An archive, and where its parts are.
struct RawZip {
  std::string file;
  std::vector<std::size_t> locals, entries;  // headers; rows of the table of contents
  std::size_t table = 0, end = 0;

  /// The same with a number of another value somewhere.
  template <class Number>
  std::string with(std::size_t place, Number value) const {
    std::string changed = file;
    std::memcpy(changed.data() + place, &value, sizeof(value));
    return changed;
  }
};
inline RawZip raw_zip(const std::vector<RawEntry>& entries) {
  using U16 = std::uint16_t;
  using U32 = std::uint32_t;
  RawZip zip;
  for (const RawEntry& entry : entries) {
    zip.locals.push_back(zip.file.size());
    const bool late = !entry.descriptor.empty();
    zip.file +=
        numbers(U32{0x04034b50}, U16{20}, U16(late ? 8 : 0), entry.method, U32{0}, late ? U32{0} : entry.crc,
                late ? U32{0} : U32(entry.data.size()), late ? U32{0} : entry.bytes, U16(entry.name.size()), U16{0});
    zip.file += entry.name + entry.data + entry.descriptor;
  }
  zip.table = zip.file.size();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const RawEntry& entry = entries[i];
    zip.entries.push_back(zip.file.size());
    zip.file += numbers(U32{0x02014b50}, U16{20}, U16{20}, U16(entry.descriptor.empty() ? 0 : 8), entry.method, U32{0},
                        entry.crc, U32(entry.data.size()), entry.bytes, U16(entry.name.size()), U16(entry.extra.size()),
                        U16{0}, U16{0}, U16{0}, U32{0}, U32(zip.locals[i]));
    zip.file += entry.name + entry.extra;
  }
  zip.end = zip.file.size();
  zip.file += numbers(U32{0x06054b50}, U16{0}, U16{0}, U16(entries.size()), U16(entries.size()),
                      U32(zip.end - zip.table), U32(zip.table), U16{0});
  return zip;
}

}  // namespace tenon::testing
