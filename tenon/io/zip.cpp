#include "tenon/io/zip.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <optional>

#include "tenon/core/error.h"
#include "tenon/io/crc32.h"
#include "tenon/io/inflate.h"
#include "tenon/io/nearest_name.h"

// Numbers of sections are those of PKWARE's APPNOTE.TXT 6.3.10, ".ZIP File Format Specification".
namespace tenon {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t directory_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t zip64_end_signature = 0x06064b50;
constexpr std::uint32_t zip64_locator_signature = 0x07064b50;
constexpr std::size_t local_bytes = 30, directory_bytes = 46, end_bytes = 22;
constexpr std::size_t zip64_end_bytes = 56, zip64_locator_bytes = 20;
constexpr std::uint16_t zip64_extra = 1;
constexpr std::uint16_t stored = 0, deflate = 8;
constexpr std::uint32_t full32 = 0xffffffff;  // "see zip64"
constexpr std::uint16_t full16 = 0xffff;

// Flags, 4.4.4.
constexpr std::uint16_t encrypted = 1 << 0 | 1 << 6 | 1 << 13, patch = 1 << 5, utf8 = 1 << 11;

class DirectoryReader {
 public:
  DirectoryReader(std::span<const std::byte> file, const std::string& origin) : file_(file), origin_(origin) {}

  std::vector<ZipEntry> read() {
    const End end = find_end();
    if (end.entries > end.bytes / directory_bytes)
      fail(fmt::format("its end claims {} entries in a table of {} bytes", end.entries, end.bytes));
    std::uint64_t place = end.offset;
    for (std::uint64_t i = 0; i < end.entries; ++i) place = read_entry(i, place, end.offset + end.bytes);
    if (place != end.offset + end.bytes)
      fail(fmt::format("{} bytes follow the last entry of its table of contents", end.offset + end.bytes - place));
    for (std::size_t i = 0; i < entries_.size(); ++i) find_data(i, end.offset);
    check_overlaps(end.offset);
    return std::move(entries_);
  }

 private:
  // The table of contents.
  struct End {
    std::uint64_t entries, bytes, offset;
  };
  // Of an entry, in its local header and behind it.
  struct Extent {
    std::uint64_t begin, end;
  };

  [[noreturn]] void fail(const std::string& what) const {
    throw FormatError(fmt::format("{}: no zip archive that can be read: {}", origin_, what));
  }
  [[noreturn]] void fail(const ZipEntry& entry, const std::string& what) const {
    fail(fmt::format("entry {}: {}", quoted_name(entry.name), what));
  }

  // A number at a place that is known to be inside the file.
  template <class Number>
  Number at(std::uint64_t place) const {
    Number number;
    std::memcpy(&number, file_.data() + place, sizeof(Number));
    return number;
  }
  std::string text_at(std::uint64_t place, std::size_t bytes) const {
    return {reinterpret_cast<const char*>(file_.data()) + place, bytes};
  }

  // 4.3.16: the last place where the end record, with its comment, ends where the file ends.
  std::uint64_t find_end_record() const {
    if (file_.size() < end_bytes)
      fail(fmt::format("it has {} bytes, and an empty one has {}", file_.size(), end_bytes));
    const std::uint64_t last = file_.size() - end_bytes, first = last > full16 ? last - full16 : 0;
    for (std::uint64_t place = last + 1; place-- > first;)
      if (at<std::uint32_t>(place) == end_signature && at<std::uint16_t>(place + 20) == last - place) return place;
    fail("it has no end record: it is cut short, or something else");
  }

  End find_end() const {
    const std::uint64_t record = find_end_record();
    End end{at<std::uint16_t>(record + 10), at<std::uint32_t>(record + 12), at<std::uint32_t>(record + 16)};
    std::uint64_t behind_table = record;
    if (record >= zip64_locator_bytes && at<std::uint32_t>(record - zip64_locator_bytes) == zip64_locator_signature)
      behind_table = take_zip64_end(record - zip64_locator_bytes, end);
    else if (at<std::uint16_t>(record + 4) != 0 || at<std::uint16_t>(record + 6) != 0 ||
             at<std::uint16_t>(record + 8) != end.entries)
      fail("it is one part of several");
    if (end.offset > behind_table || end.bytes != behind_table - end.offset)
      fail(fmt::format("its table of contents claims bytes {} to {}, and its end record is at {}", end.offset,
                       end.offset + end.bytes, behind_table));
    return end;
  }

  // 4.3.14 and 4.3.15. Returns where the zip64 end record is. What the plain record does say must be the same.
  std::uint64_t take_zip64_end(std::uint64_t locator, End& end) const {
    const auto place = at<std::uint64_t>(locator + 8);
    if (place > locator || locator - place < zip64_end_bytes || at<std::uint32_t>(place) != zip64_end_signature ||
        at<std::uint64_t>(place + 4) != locator - place - 12)
      fail(fmt::format("its zip64 end record should be at {}, and is not", place));
    if (at<std::uint32_t>(locator + 4) != 0 || at<std::uint32_t>(place + 16) != 0 ||
        at<std::uint32_t>(place + 20) != 0 || at<std::uint64_t>(place + 24) != at<std::uint64_t>(place + 32))
      fail("it is one part of several");
    const auto take = [&](std::uint64_t& number, std::uint64_t full, std::uint64_t wide, std::string_view what) {
      if (number != full && number != wide)
        fail(fmt::format("its two end records differ in the {}: {} and {}", what, number, wide));
      number = wide;
    };
    take(end.entries, full16, at<std::uint64_t>(place + 32), "number of entries");
    take(end.bytes, full32, at<std::uint64_t>(place + 40), "bytes of its table of contents");
    take(end.offset, full32, at<std::uint64_t>(place + 48), "offset of its table of contents");
    return place;
  }

  // 4.3.12. Returns where the next entry starts.
  std::uint64_t read_entry(std::uint64_t number, std::uint64_t place, std::uint64_t end) {
    if (end - place < directory_bytes || at<std::uint32_t>(place) != directory_signature)
      fail(fmt::format("entry {} of its table of contents should be at {}, and is not", number, place));
    const auto flags = at<std::uint16_t>(place + 8), method = at<std::uint16_t>(place + 10);
    const auto name_bytes = at<std::uint16_t>(place + 28), extra_bytes = at<std::uint16_t>(place + 30),
               comment_bytes = at<std::uint16_t>(place + 32);
    const std::uint64_t extra = place + directory_bytes + name_bytes, next = extra + extra_bytes + comment_bytes;
    if (next > end) fail(fmt::format("entry {} of its table of contents goes on behind the table", number));

    ZipEntry entry;
    entry.name = text_at(place + directory_bytes, name_bytes);
    if (entry.name.find('\0') != std::string::npos) fail(entry, "a zero byte is in its name");
    if (flags & encrypted) fail(entry, "it is encrypted");
    if (flags & patch) fail(entry, "it is a patch of something else");
    if (method != stored && method != deflate)
      fail(entry, fmt::format("it is compressed by method {}; those known are 0, stored, and 8, deflate, which "
                              "numpy.savez and numpy.savez_compressed use",
                              method));
    entry.deflated = method == deflate;
    entry.crc = at<std::uint32_t>(place + 16);
    std::uint64_t numbers[] = {at<std::uint32_t>(place + 24), at<std::uint32_t>(place + 20),
                               at<std::uint32_t>(place + 42)};
    take_zip64_extra(entry, extra, extra_bytes, numbers);
    const auto [bytes, compressed_bytes, offset] = numbers;
    entry.bytes = bytes;
    if (entry.deflated ? bytes / Inflater::greatest_ratio > compressed_bytes : bytes != compressed_bytes)
      fail(entry, fmt::format("it claims {} bytes, which {} {} bytes cannot be", bytes, compressed_bytes,
                              entry.deflated ? "deflated" : "stored"));
    entries_.push_back(std::move(entry));
    extents_.push_back({offset, compressed_bytes});  // the end becomes one in find_data
    return next;
  }

  // 4.5.3: wide numbers, of those that do not fit alone, in this order.
  void take_zip64_extra(const ZipEntry& entry, std::uint64_t place, std::size_t bytes,
                        std::uint64_t (&numbers)[3]) const {
    std::optional<Extent> found;
    for (const std::uint64_t end = place + bytes; end - place >= 4;) {
      const std::uint64_t start = place + 4, size = at<std::uint16_t>(place + 2);
      if (size > end - start) fail(entry, "an extra field goes on behind its end");
      if (at<std::uint16_t>(place) == zip64_extra) {
        if (found) fail(entry, "it has two zip64 fields");
        found = Extent{start, start + size};
      }
      place = start + size;
    }
    for (std::uint64_t& number : numbers) {
      if (number != full32) continue;
      if (!found || found->end - found->begin < 8) fail(entry, "its zip64 field is missing or too short");
      number = at<std::uint64_t>(found->begin);
      found->begin += 8;
    }
  }

  // 4.3.7. `table` is where the data of all entries end.
  void find_data(std::size_t index, std::uint64_t table) {
    ZipEntry& entry = entries_[index];
    Extent& extent = extents_[index];
    const std::uint64_t place = extent.begin, compressed_bytes = extent.end;
    if (place > table || table - place < local_bytes || at<std::uint32_t>(place) != local_signature)
      fail(entry, fmt::format("its local header should be at {}, and is not", place));
    const auto name_bytes = at<std::uint16_t>(place + 26), extra_bytes = at<std::uint16_t>(place + 28);
    const std::uint64_t start = place + local_bytes + name_bytes + extra_bytes;
    if (start > table || compressed_bytes > table - start)
      fail(entry, fmt::format("its {} bytes from {} on go on behind {}, where the table of contents starts",
                              compressed_bytes, start, table));
    if (text_at(place + local_bytes, name_bytes) != entry.name)
      fail(entry, fmt::format("its local header calls it {}", quoted_name(text_at(place + local_bytes, name_bytes))));
    if (at<std::uint16_t>(place + 8) != (entry.deflated ? deflate : stored))
      fail(entry, "its local header says another method");
    entry.data = file_.subspan(start, compressed_bytes);
    extent.end = start + compressed_bytes;
  }

  // Entries that share bytes are how a small file claims to be a huge one.
  void check_overlaps(std::uint64_t table) const {
    std::vector<std::size_t> order(entries_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return extents_[a].begin < extents_[b].begin; });
    for (std::size_t i = 0; i < order.size(); ++i) {
      const std::uint64_t next = i + 1 < order.size() ? extents_[order[i + 1]].begin : table;
      if (extents_[order[i]].end > next)
        fail(entries_[order[i + 1]], fmt::format("its bytes start at {}, inside those of another", next));
    }
    if (!order.empty() && extents_[order[0]].begin != 0)
      fail(fmt::format("{} bytes stand in front of its first entry", extents_[order[0]].begin));
  }

  std::span<const std::byte> file_;
  const std::string& origin_;
  std::vector<ZipEntry> entries_;
  std::vector<Extent> extents_;
};

// Appends numbers, little-endian, each with the width of its type.
template <class... Numbers>
void append(std::string& bytes, Numbers... numbers) {
  (bytes.append(reinterpret_cast<const char*>(&numbers), sizeof(numbers)), ...);
}

using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

constexpr U16 version_plain = 20, version_zip64 = 45;  // 4.4.3.2: needed to read it
constexpr U16 time_of_day = 0, date = 1 << 5 | 1;      // 1 January 1980

}  // namespace

std::vector<ZipEntry> read_zip_directory(std::span<const std::byte> file, const std::string& origin) {
  return DirectoryReader(file, origin).read();
}

ZipWriter::ZipWriter(const std::string& path, std::uint64_t zip64_from) : file_(path), zip64_from_(zip64_from) {}

void ZipWriter::write(const std::string& bytes) {
  file_.write(bytes);
  offset_ += bytes.size();
}

void ZipWriter::add(std::string_view name, std::span<const std::byte> header, std::span<const std::byte> data) {
  if (name.size() > full16)
    throw ValueError(fmt::format("zip: the name {} has {} bytes, and at most {} are allowed", quoted_name(name),
                                 name.size(), full16));
  const U64 size = header.size() + data.size(), place = offset_;
  const U32 crc = crc32(data, crc32(header));
  const bool wide_size = size >= zip64_from_, wide_place = place >= zip64_from_;
  const U32 size32 = wide_size ? full32 : static_cast<U32>(size),
            place32 = wide_place ? full32 : static_cast<U32>(place);
  const bool ascii = std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const U16 flags = ascii ? 0 : utf8;

  std::string extra;
  if (wide_size) append(extra, zip64_extra, U16{16}, size, size);
  std::string local;
  append(local, local_signature, wide_size ? version_zip64 : version_plain, flags, stored, time_of_day, date, crc,
         size32, size32, static_cast<U16>(name.size()), static_cast<U16>(extra.size()));
  write(local.append(name).append(extra));
  file_.write(header);
  file_.write(data);
  offset_ += size;

  extra.clear();
  if (wide_size || wide_place)
    append(extra, zip64_extra, static_cast<U16>((wide_size ? 16 : 0) + (wide_place ? 8 : 0)));
  if (wide_size) append(extra, size, size);
  if (wide_place) append(extra, place);
  const U16 version = wide_size || wide_place ? version_zip64 : version_plain;
  append(directory_, directory_signature, version, version, flags, stored, time_of_day, date, crc, size32, size32,
         static_cast<U16>(name.size()), static_cast<U16>(extra.size()), U16{0}, U16{0}, U16{0}, U32{0}, place32);
  directory_.append(name).append(extra);
  ++count_;
}

void ZipWriter::commit() {
  const U64 place = offset_, size = directory_.size();
  write(directory_);
  const bool wide_count = count_ >= std::min<U64>(zip64_from_, full16);
  const bool wide_size = size >= zip64_from_, wide_place = place >= zip64_from_;
  std::string end;
  if (wide_count || wide_size || wide_place) {
    append(end, zip64_end_signature, U64{zip64_end_bytes - 12}, version_zip64, version_zip64, U32{0}, U32{0}, count_,
           count_, size, place);
    append(end, zip64_locator_signature, U32{0}, offset_, U32{1});
  }
  const U16 count16 = wide_count ? full16 : static_cast<U16>(count_);
  append(end, end_signature, U16{0}, U16{0}, count16, count16, wide_size ? full32 : static_cast<U32>(size),
         wide_place ? full32 : static_cast<U32>(place), U16{0});
  write(end);
  file_.commit();
}

}  // namespace tenon
