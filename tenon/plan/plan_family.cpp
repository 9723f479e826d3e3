#include "tenon/plan/plan_family.h"

#include <algorithm>
#include <unordered_map>

#include "tenon/core/hash.h"
#include "tenon/graph/varying_sizes.h"
#include "tenon/plan/plan.h"

namespace tenon {
namespace {

// More would be looked at for nothing: after two, what varies is known.
constexpr std::size_t most_examples = 6;

template <class T>
void keep_newest(std::vector<T>& examples) {
  if (examples.size() > most_examples) examples.erase(examples.begin());
}

// From all examples together, or else from the newest that `text` has its form in common with.
std::optional<GeneralText> generalised(std::span<const std::string> examples, const std::string& text) {
  std::vector<std::string> all(examples.begin(), examples.end());
  all.push_back(text);
  if (std::optional<GeneralText> general = GeneralText::of(all)) return general;
  for (std::size_t i = examples.size(); i-- > 0;) {
    const std::string pair[] = {examples[i], text};
    if (std::optional<GeneralText> general = GeneralText::of(pair)) return general;
  }
  return std::nullopt;
}

}  // namespace

PlanFamily::PlanFamily(const DeviceInfo& info, std::vector<Donation> donations) : info_(info) {
  for (const Donation& donation : donations) state_outputs_.push_back(donation.output);
}

void PlanFamily::show(const Graph& graph) {
  // Another function of this structure may have told already what varies; the texts are this one's.
  if (const std::optional<Schedule> schedule = general_ ? general_->apply(graph) : std::nullopt) {
    std::vector<KernelSource> sources = render(*schedule, info_);
    std::vector<std::vector<std::int64_t>> numbers;
    generalise(sources, numbers);
    return;
  }
  examples_.push_back(graph);
  keep_newest(examples_);
}

std::optional<Schedule> PlanFamily::schedule(const Graph& graph) {
  std::optional<Schedule> schedule;
  if (general_) schedule = general_->apply(graph);
  if (schedule) return schedule;
  learn(graph);
  show(graph);
  return general_ ? general_->apply(graph) : std::nullopt;
}

// What varies shows when `graph` is compared with all examples, or else with the newest that it fits.
void PlanFamily::learn(const Graph& graph) {
  std::vector<Graph> graphs = examples_;
  graphs.push_back(graph);
  std::optional<GeneralSchedule> general =
      graphs.size() > 1 ? GeneralSchedule::of(graphs, state_outputs_) : std::nullopt;
  for (std::size_t i = examples_.size(); i-- > 0 && !general;) {
    const Graph pair[] = {examples_[i], graph};
    general = GeneralSchedule::of(pair, state_outputs_);
  }
  if (!general) return;
  general_ = std::move(general);
  kernels_.clear();
  for (const Graph& example : examples_) {
    const std::optional<Schedule> schedule = general_->apply(example);
    if (!schedule) continue;
    const std::vector<KernelSource> sources = render(*schedule, info_);
    kernels_.resize(sources.size());
    for (std::size_t k = 0; k < sources.size(); ++k) kernels_[k].examples.push_back(sources[k].text);
  }
}

void PlanFamily::generalise(std::vector<KernelSource>& sources, std::vector<std::vector<std::int64_t>>& numbers) {
  if (kernels_.size() < sources.size()) kernels_.resize(sources.size());
  numbers.assign(sources.size(), {});
  for (std::size_t k = 0; k < sources.size(); ++k) {
    // A user's text serves all sizes as it is, and is nothing to be cut up.
    if (!sources[k].users_name.empty()) continue;
    KernelTexts& texts = kernels_[k];
    const std::string text = sources[k].text;
    const auto use = [&](const GeneralText& general) {
      std::optional<std::vector<std::int64_t>> found = general.numbers_of(text);
      if (!found) return false;
      sources[k].text = general.text();
      numbers[k] = std::move(*found);
      return true;
    };
    bool is_known = false;
    for (std::size_t g = texts.general.size(); g-- > 0 && !is_known;) is_known = use(texts.general[g]);
    if (is_known) continue;
    if (std::optional<GeneralText> general = generalised(texts.examples, text)) {
      use(*general);
      texts.general.push_back(std::move(*general));
      keep_newest(texts.general);
    } else {
      sources[k].text = without_marks(text);
    }
    texts.examples.push_back(text);
    keep_newest(texts.examples);
  }
}

std::shared_ptr<PlanFamily> family_of(const Device& device, const Graph& graph,
                                      const std::vector<Donation>& donations) {
  constexpr std::size_t most_families = 256;
  static std::mutex& mutex = *new std::mutex;
  static auto& families = *new std::unordered_map<std::uint64_t, std::shared_ptr<PlanFamily>>;
  std::uint64_t key = hash_mix(hash_of_structure(graph), reinterpret_cast<std::uintptr_t>(&device));
  for (const Donation& donation : donations) key = hash_mix(key, std::uint64_t{donation.slot} << 32 | donation.output);
  const std::lock_guard lock(mutex);
  if (families.size() >= most_families && !families.contains(key)) families.clear();
  std::shared_ptr<PlanFamily>& family = families[key];
  if (!family) family = std::make_shared<PlanFamily>(device.info(), donations);
  return family;
}

void DynamicSizes::add_sizes(const Node& leaf) {
  for (int axis = 0; axis < leaf.shape.rank(); ++axis)
    if ((leaf.dynamic_axes >> axis & 1) != 0) sizes_.push_back(leaf.shape[axis]);
}

std::uint8_t DynamicSizes::axes_of(const Shape& shape) const {
  unsigned axes = 0;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (std::find(sizes_.begin(), sizes_.end(), shape[axis]) != sizes_.end()) axes |= 1u << axis;
  return static_cast<std::uint8_t>(axes);
}

}  // namespace tenon
