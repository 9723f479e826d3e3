#include "tenon/nn/training_scope.h"

namespace tenon {
namespace {

thread_local TrainingScope* innermost = nullptr;

}  // namespace

TrainingScope::TrainingScope(const RandomKey& key) : key_(key), outer_(innermost) { innermost = this; }
TrainingScope::~TrainingScope() { innermost = outer_; }

TrainingScope* TrainingScope::current() { return innermost; }

RandomKey TrainingScope::next_key(std::source_location where) { return fold_in(key_, drawn_++, where); }

}  // namespace tenon
