#include "tenon/tree/compile.h"

#include <fmt/format.h>

namespace tenon::detail {

LeafSignature::LeafSignature(const Array& array) : has_value(array) {
  if (!has_value) return;
  dtype = array.dtype();
  shape = array.shape();
}

namespace {

// Walks a live tree beside a skeleton and lists its arrays, for as long as it is the same but for values.
class Matcher final : public PairSink {
 public:
  Matcher(const std::vector<LeafSignature>& signature, std::size_t first, std::vector<Array*>& places)
      : signature_(signature), next_(first), places_(places) {}
  std::size_t next() const { return next_; }

  bool leaf(const Path*, Array&, Array& leaf, const LeafKind&) override {
    const LeafSignature& wanted = signature_[next_++];
    if (!wanted.fits(leaf)) return false;
    if (wanted.has_value) places_.push_back(&leaf);
    return true;
  }
  bool configuration(const Path*, bool is_equal) override { return is_equal; }
  bool mismatch(const Path*, std::string_view) override { return false; }

 private:
  const std::vector<LeafSignature>& signature_;
  std::size_t next_;
  std::vector<Array*>& places_;
};

[[noreturn]] void throw_changed(const Path* path, std::string_view what) {
  throw ValueError(fmt::format(
      "compile: the function changes state {}: {}; structure and configuration are fixed while it is traced. "
      "What changes from call to call has to be a tensor",
      name_of(path), what));
}

void check_successor(const Path* path, const LeafSignature& before, const Array& after) {
  if (before.has_value != static_cast<bool>(after))
    throw_changed(path, before.has_value ? "it has no value any more" : "it had no value before");
  if (!after) return;
  if (after.shape() != before.shape)
    throw ShapeError(fmt::format("compile: state {} has shape {} and its successor {}; they have to be equal",
                                 name_of(path), to_string(before.shape), to_string(after.shape())));
  if (after.dtype() != before.dtype)
    throw DTypeError(fmt::format("compile: state {} is {} and its successor {}; they have to be equal", name_of(path),
                                 name(before.dtype), name(after.dtype())));
}

class Successors final : public PairSink {
 public:
  Successors(const std::vector<LeafSignature>& signature, std::vector<Array>& successors)
      : signature_(signature), successors_(successors) {}

  bool leaf(const Path* path, Array&, Array& leaf, const LeafKind&) override {
    check_successor(path, signature_[next_++], leaf);
    if (leaf) successors_.push_back(leaf);
    return true;
  }
  bool configuration(const Path* path, bool is_equal) override {
    if (!is_equal) throw_changed(path, "its value");
    return true;
  }
  bool mismatch(const Path* path, std::string_view what) override { throw_changed(path, what); }

 private:
  const std::vector<LeafSignature>& signature_;
  std::vector<Array>& successors_;
  std::size_t next_ = 0;
};

// The states' arrays, taken out of their leaves for the time of a call so that nobody else refers to them.
class TakenOut {
 public:
  TakenOut(std::span<Array* const> places, std::vector<Array>& arrays) : places_(places), arrays_(arrays) {
    arrays_.clear();
    for (Array* place : places_) arrays_.push_back(std::move(*place));
  }
  ~TakenOut() {
    for (std::size_t i = 0; i < places_.size(); ++i) *places_[i] = std::move(arrays_[i]);
  }
  TakenOut(const TakenOut&) = delete;
  TakenOut& operator=(const TakenOut&) = delete;

 private:
  std::span<Array* const> places_;
  std::vector<Array>& arrays_;
};

}  // namespace

bool Trace::matches(TreePair states, TreePair arguments, CallArrays& arrays) const {
  arrays.states.clear();
  arrays.arguments.clear();
  Matcher first(signature_, 0, arrays.states);
  if (!states.walk(first)) return false;
  Matcher rest(signature_, first.next(), arrays.arguments);
  return arguments.walk(rest);
}

void Trace::empty(AnyTree tree) {
  tree.visit([&](const Path*, Array& leaf, const LeafKind&) {
    signature_.emplace_back(leaf);
    leaf = {};
  });
}

void Trace::fill(AnyTree tree, std::span<const Array> values, std::size_t& leaf_number) const {
  std::size_t next = 0;
  tree.visit([&](const Path*, Array& leaf, const LeafKind&) {
    if (signature_[leaf_number++].has_value) leaf = values[next++];
  });
}

void Trace::take_result(AnyTree result, std::vector<Array>& values) {
  result_has_value_.clear();
  result.visit([&](const Path*, Array& leaf, const LeafKind&) {
    result_has_value_.push_back(static_cast<bool>(leaf));
    if (leaf) values.push_back(leaf);
    leaf = {};
  });
}

void Trace::put_result(AnyTree result, std::span<const Array> values) const {
  std::size_t leaf_number = 0, next = 0;
  result.visit([&](const Path*, Array& leaf, const LeafKind&) {
    if (result_has_value_[leaf_number++]) leaf = values[next++];
  });
}

void Trace::take_successors(TreePair skeleton_and_states, std::vector<Array>& successors) const {
  Successors sink(signature_, successors);
  skeleton_and_states.walk(sink);
}

void CallRunner::collect_arguments() {
  arguments_.clear();
  for (const Array* place : places_.arguments) arguments_.push_back(*place);
}

std::vector<Array> CallRunner::run(Trace& trace) {
  collect_arguments();
  std::vector<Array> results;
  {
    const TakenOut taken_out(places_.states, states_);
    results = trace.step()(states_, arguments_);
  }
  arguments_.clear();
  return results;
}

const Executable& CallRunner::prepare(Trace& trace) {
  collect_arguments();
  const TakenOut taken_out(places_.states, states_);
  return trace.step().prepare(states_, arguments_);
}

}  // namespace tenon::detail
