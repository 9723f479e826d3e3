// .npy and .npz files that lie, are cut short, or were changed at random: each is refused with a reason, nothing is
// read out of bounds (which the sanitizers' builds of this test see), and no memory is taken for data that are not
// there.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "tenon/io/npz.h"
#include "tenon/io/zip.h"
#include "tests/fuzz/npy_target.h"
#include "tests/io/npy_bytes.h"
#include "tests/support/errors.h"
#include "tests/support/hex.h"

namespace tenon::testing {
namespace {

using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

struct Case {
  std::string_view name;
  std::string bytes;
  std::string_view message;
};

std::span<const std::byte> bytes_of(const std::string& file) { return std::as_bytes(std::span(file)); }

// A float32 file of four bytes of data with this shape.
std::string with_shape(std::string_view shape) { return npy_with("'<f4'", "False", shape, "0123"); }
std::string with_text(std::string_view dictionary) { return npy_bytes(dictionary, "0123"); }

const std::string good_npy = with_shape("(1,)");
const std::string first = "{'descr': '<f4', 'fortran_order': False, ", whole = first + "'shape': (1,)}";

std::vector<Case> hostile_npy() {
  return {
      {"empty file", "", "does not start with \\x93NUMPY"},
      {"half the magic", "\x93NUM", "does not start with"},
      {"another format", "GIF89a", "does not start with"},
      {"zip", "PK\3\4", "load_npz"},
      {"no version", "\x93NUMPY", "it has 6 bytes, and magic, version and length alone take 8"},
      {"half a version", "\x93NUMPY\1", "it has 7 bytes"},
      {"no length", std::string("\x93NUMPY\1\0", 8), "take 10"},
      {"half a length", std::string("\x93NUMPY\1\0\5", 9), "take 10"},
      {"half a long length", std::string("\x93NUMPY\2\0\5\0\0", 11), "take 12"},
      {"version 0.0", std::string("\x93NUMPY\0\0\0\0", 10), "version is 0.0"},
      {"version 4.0", std::string("\x93NUMPY\4\0\0\0\0\0", 12), "version is 4.0"},
      {"version 1.1", std::string("\x93NUMPY\1\1\0\0", 10), "version is 1.1"},
      {"header beyond the end", std::string("\x93NUMPY\1\0\4\0{}", 12), "claims 4 bytes, and 2 are there"},
      {"header above the bound", std::string("\x93NUMPY\1\0\x11\x27", 10), "claims 10001 bytes; at most 10000"},
      {"header of 2^32 - 1", std::string("\x93NUMPY\2\0\xff\xff\xff\xff", 12), "claims 4294967295 bytes"},
      {"no header", with_text(""), "ends where { belongs"},
      {"no dictionary", with_text("[]"), "at character 0, '[' where { belongs"},
      {"empty dictionary", with_text("{}"), "has no descr"},
      {"unfinished", with_text("{"), "ends where a key"},
      {"unfinished key", with_text("{'descr"), "quotes that does not end"},
      {"key without a value", with_text("{'descr'}"), "'}' where : belongs"},
      {"key that is no text", with_text("{1: 2}"), "'1' where a key in quotes"},
      {"unknown key", with_text(first + "'x': 1}"), "unknown key 'x'"},
      {"key with an escape", with_text("{'d\\x65scr': '<f4'}"), "escapes"},
      {"key over lines", with_text("{'de\nscr': '<f4'}"), "does not end"},
      {"type over lines", with_text("{'descr': '<\nf4'}"), "does not end"},
      {"quotes that differ", with_text("{'descr\": '<f4'}"), "'<' where : belongs"},
      {"no shape", with_text(first + "}"), "has no shape"},
      {"no order", with_text("{'descr': '<f4', 'shape': (1,)}"), "has no fortran_order"},
      {"no type", with_text("{'fortran_order': False, 'shape': (1,)}"), "has no descr"},
      {"shape twice", with_text(first + "'shape': (1,), 'shape': (1,)}"), "shape is there twice"},
      {"type twice", with_text("{'descr': '<f4', 'descr': '<f4'}"), "descr is there twice"},
      {"order twice", with_text("{'fortran_order': True, 'fortran_order': True}"), "fortran_order is there twice"},
      {"two commas", with_text("{'descr': '<f4',, 'fortran_order'"), "',' where a key"},
      {"no comma", with_text("{'descr': '<f4' 'fortran_order'"), "where } belongs"},
      {"text behind the end", with_text(whole + "x"), "text behind the }"},
      {"zero behind the end", with_text(whole + std::string(1, '\0')), "text behind the }"},
      {"comment behind the end", with_text(whole + " # x"), "text behind the }"},
      {"two dictionaries", with_text(whole + whole), "text behind the }"},
      {"type is a number", npy_with("4", "False", "(1,)", "0123"), "'4' where a type in quotes"},
      {"type is nothing", npy_with("None", "False", "(1,)", "0123"), "'N' where a type in quotes"},
      {"type as bytes", npy_with("b'<f4'", "False", "(1,)", "0123"), "'b' where a type in quotes"},
      {"order is a number", npy_with("'<f4'", "0", "(1,)", "0123"), "'0' where True or False"},
      {"order in lower case", npy_with("'<f4'", "false", "(1,)", "0123"), "'f' where True or False"},
      {"order goes on", npy_with("'<f4'", "Falsehood", "(1,)", "0123"), "'h' where } belongs"},
      {"shape is a number", with_shape("1"), "'1' where ( belongs"},
      {"shape is a list", with_shape("[1]"), "'[' where ( belongs"},
      {"shape is a number in parentheses", with_shape("(1)"), "which is no shape"},
      {"shape nests", with_shape("((1,),)"), "'(' where a size"},
      {"shape does not end", with_text(first + "'shape': (1,"), "ends where a size"},
      {"shape without commas", with_shape("(1 1)"), "'1' where a comma or )"},
      {"shape of one comma", with_shape("(,)"), "',' where a size"},
      {"size is negative", with_shape("(-1,)"), "'-' where a size"},
      {"size has a sign", with_shape("(+1,)"), "'+' where a size"},
      {"size is a fraction", with_shape("(1.0,)"), "'.' where a comma"},
      {"size is hexadecimal", with_shape("(0x1,)"), "'x' where a comma"},
      {"size has underscores", with_shape("(1_0,)"), "'_' where a comma"},
      {"size is a name", with_shape("(n,)"), "'n' where a size"},
      {"size is a sum", with_shape("(1+0,)"), "'+' where a comma"},
      {"size is 2^63", with_shape("(9223372036854775808,)"), "does not fit in 63 bits"},
      {"size is 2^64", with_shape("(18446744073709551616,)"), "does not fit in 63 bits"},
      {"size of a hundred digits", with_shape("(" + std::string(100, '9') + ",)"), "does not fit in 63 bits"},
      {"Python 2 size in version 3", npy_bytes_of_version(3, first + "'shape': (1L,)}", "0123"), "'L' where a comma"},
      {"product wraps to one", with_shape("(4294967296, 4294967296, 1)"), "fits in no memory"},
      {"bytes wrap to four", with_shape("(4611686018427387905,)"), "fits in no memory"},
      {"zero behind an overflow", with_shape("(9223372036854775807, 4, 0)"), "fits in no memory"},
      {"endless rows of nothing", npy_with("'|u1'", "False", "(0, 1152921504606846976)", ""), "fits in no memory"},
      {"petabytes", with_shape("(1000000000000000,)"), "takes 4000000000000000, and 4 are there: the file is cut"},
      {"nine axes", with_shape("(1,1,1,1,1,1,1,1,1)"), "more than 8 axes"},
      {"shape too large", with_shape("(2,)"), "takes 8, and 4 are there"},
      {"shape too small", with_shape("(0,)"), "takes 0, and 4 are there; several arrays"},
      {"one byte less", good_npy.substr(0, good_npy.size() - 1), "takes 4, and 3 are there"},
      {"one byte more", good_npy + "x", "takes 4, and 5 are there"},
      {"bool of two", npy_with("'|b1'", "False", "(2,)", "\1\2"), "element 1 of its bools is 2"},
  };
}

TEST(NpyHostile, EachFileIsRefusedWithItsReason) {
  const std::vector<Case> cases = hostile_npy();
  EXPECT_GE(cases.size(), 70u);
  for (const Case& file : cases) {
    SCOPED_TRACE(file.name);
    expect_error<FormatError>([&] { read_npy(bytes_of(file.bytes), "input"); }, {"input: ", file.message});
  }
}

// The table above would mean little if its files were wrong in another way too.
TEST(NpyHostile, WhatTheFilesAreMadeFromIsAccepted) {
  for (const std::string& bytes :
       {good_npy, with_text(whole), with_shape("(1,1,1,1,1,1,1,1)"), npy_with("'|b1'", "False", "(2,)", "\1\1"),
        npy_bytes_of_version(3, whole, "0123"), npy_with("'<f4'", "True", "(0, 1000000000000)", "")})
    EXPECT_TRUE(read_whole_npy(bytes_of(bytes))) << bytes;
}

TEST(NpyHostile, TextsInMessagesAreCutAndPrintable) {
  try {
    read_npy(bytes_of(with_text("{'" + std::string(5000, 'n') + "\x1b[31m': 1}")), "input");
    ADD_FAILURE() << "no error";
  } catch (const FormatError& error) {
    EXPECT_LT(std::string(error.what()).size(), 300u);
    EXPECT_EQ(std::string(error.what()).find('\x1b'), std::string::npos);
  }
}

// An archive of one stored array "a", 35 bytes before its data, and numbers of its headers.
const RawZip good_zip = raw_zip({stored_entry("a.npy", good_npy)});
const RawZip two = raw_zip({stored_entry("a.npy", good_npy), stored_entry("b.npy", good_npy)});

// numpy.zeros(1000, 'float32') as a .npy file, deflated by Python's zlib.compressobj(9, zlib.DEFLATED, -15).
const std::string deflated_zeros = from_hex(
    "9bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a2aea3a09e965f54529498179f5f94920a12774bcc294e058a176724"
    "16a402f91a860606063a9a3a0ab50ae4022e8651300a46c1281805a360148c8251300a46c1281805a360140c380000");
constexpr U32 bytes_of_zeros = 4128, crc_of_zeros = 0x4e94c0a5;

RawEntry deflated_entry(std::string data, U32 bytes = bytes_of_zeros, U32 crc = crc_of_zeros) {
  return {"z.npy", std::move(data), 8, bytes, crc, "", ""};
}
std::string zip_of(const RawEntry& entry) { return raw_zip({entry}).file; }
RawEntry with_extra(std::string extra) {
  RawEntry entry = stored_entry("a.npy", good_npy);
  entry.extra = std::move(extra);
  return entry;
}
// A zip64 end record and its locator, which claim `place`, in front of the plain end record.
std::string with_zip64(U64 entries, U64 size, U64 offset, U64 place_error = 0, U64 record_bytes = 44) {
  const U64 place = good_zip.end;
  return good_zip.file.substr(0, place) +
         numbers(U32{0x06064b50}, record_bytes, U16{45}, U16{45}, U32{0}, U32{0}, entries, entries, size, offset,
                 U32{0x07064b50}, U32{0}, place + place_error, U32{1}) +
         good_zip.file.substr(place);
}

std::vector<Case> hostile_zips() {
  const RawZip& zip = good_zip;
  const std::size_t row = zip.entries[0], end = zip.end;
  const U32 table_bytes = static_cast<U32>(end - zip.table);
  const std::string wide8 = numbers(U16{1}, U16{8}, U64{1});
  RawZip wide = raw_zip({with_extra(wide8)});
  return {
      {"empty file", "", "it has 0 bytes, and an empty one has 22"},
      {"text", std::string(100, 'x'), "no end record"},
      {"a .npy file", good_npy, "no end record"},
      {"cut by one", zip.file.substr(0, zip.file.size() - 1), "no end record"},
      {"one byte more", zip.file + "x", "no end record"},
      {"comment that is not there", zip.with(end + 20, U16{1}), "no end record"},
      {"something in front", "x" + zip.file, "its table of contents claims bytes"},
      {"second part", zip.with(end + 4, U16{1}), "one part of several"},
      {"table in another part", zip.with(end + 6, U16{1}), "one part of several"},
      {"entries in other parts", zip.with(end + 8, U16{0}), "one part of several"},
      {"table beyond the end", zip.with(end + 16, U32{0xfffffff0}), "its end record is at"},
      {"table too long", zip.with(end + 12, U32{table_bytes + 1}), "its end record is at"},
      {"table too short", zip.with(end + 12, U32{table_bytes - 1}), "its end record is at"},
      {"two entries in a table of one",
       raw_zip({stored_entry("a.npy", good_npy)}).file.replace(end + 8, 4, "\2\0\2\0", 4),
       "claims 2 entries in a table of 51 bytes"},
      {"no entries in a table of one",
       raw_zip({stored_entry("a.npy", good_npy)}).file.replace(end + 8, 4, "\0\0\0\0", 4),
       "51 bytes follow the last entry"},
      {"no row where one should be", zip.with(row, U32{0}), "entry 0 of its table of contents should be at"},
      {"name goes on behind the table", zip.with(row + 28, U16{6}), "goes on behind the table"},
      {"extra goes on behind the table", zip.with(row + 30, U16{1}), "goes on behind the table"},
      {"comment goes on behind the table", zip.with(row + 32, U16{65535}), "goes on behind the table"},
      {"name too short", zip.with(row + 28, U16{4}), "follow the last entry"},
      {"zero in a name", zip_of(stored_entry(std::string("a\0.npy", 6), good_npy)), "a zero byte is in its name"},
      {"encrypted", zip.with(row + 8, U16{1}), "entry 'a.npy': it is encrypted"},
      {"strongly encrypted", zip.with(row + 8, U16{1 << 6}), "it is encrypted"},
      {"masked", zip.with(row + 8, U16{1 << 13}), "it is encrypted"},
      {"patch", zip.with(row + 8, U16{1 << 5}), "a patch of something else"},
      {"bzip2", zip.with(row + 10, U16{12}), "method 12"},
      {"method 65535", zip.with(row + 10, U16{65535}), "method 65535"},
      {"stored and larger", zip.with(row + 24, U32{1000000}), "claims 1000000 bytes"},
      {"stored and smaller", zip.with(row + 24, U32{1}), "claims 1 bytes"},
      {"both sizes larger", two.with(two.entries[0] + 20, std::array{U32{90000}, U32{90000}}), "go on behind"},
      {"deflated to more than deflate can", zip_of(deflated_entry(deflated_zeros, 0xfffffffe)),
       "claims 4294967294 bytes, which 99 deflated bytes cannot be"},
      {"deflated to more than so few bytes can", zip_of(deflated_entry(deflated_zeros.substr(0, 3))),
       "claims 4128 bytes, which 3 deflated bytes cannot be"},
      {"local header beyond the end", zip.with(row + 42, U32{0xfffffffe}), "its local header should be at 4294967294"},
      {"local header in the table", zip.with(row + 42, static_cast<U32>(row)), "its local header should be at"},
      {"local header nowhere", zip.with(row + 42, U32{1}), "its local header should be at 1"},
      {"local header of another entry", two.with(two.entries[1] + 42, U32{0}), "its local header calls it 'a.npy'"},
      {"local header of another name", zip.with(30, 'b'), "its local header calls it 'b.npy'"},
      {"local header of another method", zip.with(8, U16{8}), "another method"},
      {"local name beyond the table", zip.with(26, U16{65535}), "go on behind"},
      {"local extra beyond the table", zip.with(28, U16{1}), "go on behind"},
      {"the same bytes twice",
       raw_zip({stored_entry("a.npy", good_npy), stored_entry("a.npy", good_npy)}).with(two.entries[1] + 42, U32{0}),
       "inside those of another"},
      {"name twice", raw_zip({stored_entry("a.npy", good_npy), stored_entry("a.npy", good_npy)}).file,
       "two of its arrays are called 'a'"},
      {"name twice, once without .npy", raw_zip({stored_entry("a.npy", good_npy), stored_entry("a", good_npy)}).file,
       "two of its arrays are called 'a'"},
      {"extra field goes on", zip_of(with_extra(numbers(U16{1}, U16{9}, U64{1}))), "an extra field goes on"},
      {"two zip64 fields", zip_of(with_extra(wide8 + wide8)), "two zip64 fields"},
      {"wide size without a field", zip.with(row + 24, U32{0xffffffff}), "zip64 field is missing or too short"},
      {"wide numbers, field of one", wide.with(wide.entries[0] + 20, ~U64{0}), "zip64 field is missing or too short"},
      {"wide size of one byte", wide.with(wide.entries[0] + 24, U32{0xffffffff}), "claims 1 bytes"},
      {"wide offset of 2^64 - 1",
       [] {
         const RawZip z = raw_zip({with_extra(numbers(U16{1}, U16{8}, ~U64{0}))});
         return z.with(z.entries[0] + 42, U32{0xffffffff});
       }(),
       "its local header should be at 18446744073709551615"},
      {"wide sizes of 2^64 - 1",
       [] {
         const RawZip z = raw_zip({with_extra(numbers(U16{1}, U16{16}, ~U64{0}, ~U64{0}))});
         return z.with(z.entries[0] + 20, ~U64{0});
       }(),
       "its 18446744073709551615 bytes"},
      {"zip64 record not where it should be", with_zip64(1, table_bytes, zip.table, 1), "zip64 end record should be"},
      {"zip64 record beyond the end", with_zip64(1, table_bytes, zip.table, ~U64{0} - 4096),
       "zip64 end record should be"},
      {"zip64 record too long", with_zip64(1, table_bytes, zip.table, 0, 45), "zip64 end record should be"},
      {"zip64 record of 2^64 - 1 bytes", with_zip64(1, table_bytes, zip.table, 0, ~U64{0}),
       "zip64 end record should be"},
      {"zip64 with other entries", with_zip64(2, table_bytes, zip.table), "differ in the number of entries: 1 and 2"},
      {"zip64 with another size", with_zip64(1, table_bytes + 1, zip.table), "differ in the bytes of its table"},
      {"zip64 with another offset", with_zip64(1, table_bytes, zip.table + 1), "differ in the offset"},
      {"zip64 with 2^64 - 1 entries",
       [&] {
         std::string file = with_zip64(~U64{0}, table_bytes, zip.table);
         return file.replace(file.size() - 14, 4, "\xff\xff\xff\xff");
       }(),
       "claims 18446744073709551615 entries"},
  };
}

TEST(NpzHostile, EachArchiveIsRefusedWithItsReason) {
  const std::vector<Case> cases = hostile_zips();
  EXPECT_GE(cases.size(), 50u);
  for (const Case& file : cases) {
    SCOPED_TRACE(file.name);
    expect_error<FormatError>([&] { NpzFile(bytes_of(file.bytes), "input"); }, {"input: ", file.message});
  }
}

TEST(NpzHostile, WhatTheArchivesAreMadeFromIsAccepted) {
  const U32 table_bytes = static_cast<U32>(good_zip.end - good_zip.table);
  for (const std::string& bytes :
       {good_zip.file, two.file, raw_zip({}).file, with_zip64(1, table_bytes, good_zip.table),
        zip_of(with_extra(numbers(U16{1}, U16{8}, U64{1}))), zip_of(with_extra("abc"))})
    EXPECT_TRUE(read_whole_npz(bytes_of(bytes))) << bytes;
  EXPECT_EQ(read_whole_npz(bytes_of(zip_of(deflated_entry(deflated_zeros)))), can_inflate());
}

void expect_array_refused(const std::string& file, std::string_view name, std::string_view message) {
  expect_error<FormatError>([&] { NpzFile(bytes_of(file), "input").array(name); },
                            {"input: array '", name, "': ", message});
}

TEST(NpzHostile, StoredArraysAreCheckedWhenTheyAreRead) {
  expect_array_refused(good_zip.with(good_zip.table - 1, 'x'), "a", "its CRC-32 is");
  expect_array_refused(good_zip.with(good_zip.entries[0] + 16, U32{1}), "a", "and the file says 00000001");
  expect_array_refused(zip_of(stored_entry("a.npy", "")), "a", "does not start with");
  expect_array_refused(zip_of(stored_entry("a.npy", with_shape("(1000000000000000,)"))), "a", "the file is cut short");
}

TEST(NpzHostile, CompressedArraysAreCheckedWhenTheyAreRead) {
  if (!can_inflate()) GTEST_SKIP() << "built without zlib";
  const auto refused = [](const RawEntry& entry, std::string_view message) {
    SCOPED_TRACE(message);
    expect_array_refused(zip_of(entry), "z", message);
  };
  const std::string& good = deflated_zeros;
  refused(deflated_entry(good, bytes_of_zeros, 1), "its CRC-32 is 4e94c0a5");
  refused(deflated_entry(good.substr(0, good.size() - 1)), "damaged or cut short");
  refused(deflated_entry(good.substr(0, 40)), "damaged or cut short");
  refused(deflated_entry(good + "x"), "1 bytes follow its compressed data");
  refused(deflated_entry("\xff" + good), "damaged or cut short");
  // The table of contents claims more or less than the array's header.
  refused(deflated_entry(good, bytes_of_zeros + 4), "takes 4000, and 4004 are there");
  refused(deflated_entry(good, bytes_of_zeros - 4), "takes 4000, and 3996 are there");
  refused(deflated_entry(good, 0), "does not start with");
  refused(deflated_entry(good, 9), "it has 9 bytes");
  refused(deflated_entry(good, 100), "its header claims 118 bytes, and 90 are there");
  refused(deflated_entry(from_hex("0300"), 0), "does not start with");  // a stream of nothing
  refused(deflated_entry(from_hex("0300"), 100), "its compressed bytes end before its data");
}

TEST(NpzHostile, ABombOfSharedBytesIsRefused) {
  // Many rows that point to one entry: each by itself is fine.
  RawZip zip = raw_zip(std::vector<RawEntry>(50, stored_entry("a.npy", good_npy)));
  for (const std::size_t row : zip.entries) std::memset(zip.file.data() + row + 42, 0, 4);
  expect_error<FormatError>([&] { NpzFile(bytes_of(zip.file), "input"); }, {"inside those of another"});
}

// Changes one or two places of a file: a bit, a byte, a few bytes gone or doubled, a word that the formats know.
std::string mutated(std::string file, std::mt19937_64& random, std::span<const std::string_view> words) {
  const auto below = [&](std::size_t bound) { return random() % bound; };
  for (std::size_t changes = 1 + below(2); changes > 0 && !file.empty(); --changes) {
    const std::size_t place = below(file.size());
    const std::string_view word = words[below(words.size())];
    switch (below(7)) {
      case 0: file[place] = static_cast<char>(file[place] ^ 1 << below(8)); break;
      case 1: file[place] = static_cast<char>(below(256)); break;
      case 2: file.erase(place, 1 + below(8)); break;
      case 3: file.insert(place, file.substr(below(file.size()), 1 + below(16))); break;
      case 4: file.resize(place); break;
      case 5: file.replace(place, std::min(word.size(), file.size() - place), word); break;
      default: file.insert(place, word); break;
    }
  }
  return file;
}

std::uint64_t chosen_seed() {
  const char* chosen = std::getenv("TENON_FUZZ_SEED");
  return chosen ? std::strtoull(chosen, nullptr, 10) : 1;
}

TEST(NpyHostile, RandomMutationsAreReadOrRefused) {
  constexpr std::string_view words[] = {
      "0",     "1",     "(",  ")",    ",",         "'",         "-1",    "18446744073709551615",
      "True",  "False", "()", "(2,)", "'<f2'",     "'>f8'",     "'|b1'", "9223372036854775808",
      "shape", "'|O'",  "L",  "[",    "\x93NUMPY", "4294967296"};
  std::mt19937_64 random(chosen_seed());
  const std::string dictionaries[] = {first + "'shape': (1, 1), }   \n",
                                      "{'descr': '>i8', 'fortran_order': True, 'shape': (2, 3), }",
                                      "{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }",
                                      "{'descr': '<f2', 'fortran_order': True, 'shape': (2, 1, 2), }"};
  const std::string data[] = {"0123", std::string(48, '7'), std::string("\1\0\1", 3), "01234567"};
  int read = 0, refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    SCOPED_TRACE(fmt::format("mutation {} of seed {}", i, chosen_seed()));
    const std::size_t which = static_cast<std::size_t>(i) % 4;
    // Three times out of four the length is made to fit, so that the parser gets to see the rest.
    const std::string file = i % 16 < 4 ? mutated(npy_bytes(dictionaries[which], data[which]), random, words)
                                        : npy_bytes(mutated(dictionaries[which], random, words), data[which]);
    (read_whole_npy(bytes_of(file)) ? read : refused)++;
    if (HasFailure()) return;
  }
  // Both ways were taken often enough to mean something.
  EXPECT_GT(read, 200);
  EXPECT_GT(refused, 10'000);
}

TEST(NpzHostile, RandomMutationsAreReadOrRefused) {
  constexpr std::string_view words[] = {"PK\1\2", "PK\3\4",           "PK\5\6",   "PK\6\6",
                                        "PK\6\7", "\xff\xff\xff\xff", "\xff\xff", ".npy"};
  std::mt19937_64 random(chosen_seed());
  const std::string files[] = {two.file, zip_of(deflated_entry(deflated_zeros)),
                               with_zip64(1, good_zip.end - good_zip.table, good_zip.table)};
  int read = 0, refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    SCOPED_TRACE(fmt::format("mutation {} of seed {}", i, chosen_seed()));
    const std::string file = mutated(files[static_cast<std::size_t>(i) % 3], random, words);
    (read_whole_npz(bytes_of(file)) ? read : refused)++;
    if (HasFailure()) return;
  }
  EXPECT_GT(read, 200);
  EXPECT_GT(refused, 10'000);
}

TEST(NpzHostile, FilesCutAtAnyByteAndFlippedBitsAreReadOrRefused) {
  const std::string files[] = {two.file, zip_of(deflated_entry(deflated_zeros))};
  for (const std::string& file : files) {
    for (std::size_t size = 0; size < file.size(); ++size) {
      const std::string part = file.substr(0, size);  // a copy of its own, so that reading past its end is seen
      EXPECT_FALSE(read_whole_npz(bytes_of(part))) << size;
    }
    for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
      std::string flipped = file;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
      read_whole_npz(bytes_of(flipped));
    }
  }
}

}  // namespace
}  // namespace tenon::testing
