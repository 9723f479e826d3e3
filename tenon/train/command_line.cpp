#include "tenon/train/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace tenon {

namespace {

// A validator's function returns what is wrong, or nothing.
template <class Fits>
CLI::Validator number_that(const std::string& wanted, Fits fits) {
  const auto problem = [=](const std::string& text) -> std::string {
    double number = 0;
    if (CLI::detail::lexical_cast(text, number) && fits(number)) return {};
    return fmt::format("'{}' is not {}", text, wanted);
  };
  return CLI::Validator(problem, "");
}

}  // namespace

Flag& Flag::positive() {
  option_->check(number_that("a number above 0", [](double number) { return number > 0; }));
  return *this;
}
Flag& Flag::not_negative() {
  option_->check(number_that("a number of at least 0", [](double number) { return number >= 0; }));
  return *this;
}
Flag& Flag::within(double low, double high) {
  option_->check(number_that(fmt::format("a number from {} to {}", low, high),
                             [=](double number) { return low <= number && number <= high; }));
  return *this;
}
Flag& Flag::one_of(const std::vector<std::string>& values) {
  option_->check(CLI::IsMember(values));
  return *this;
}
Flag& Flag::needs(const std::string& other) {
  option_->needs(other);
  return *this;
}

CommandLine::CommandLine(const std::string& description) : app_(std::make_unique<CLI::App>(description)) {}
CommandLine::~CommandLine() = default;

Flag CommandLine::add(const std::string& name, std::string& value, const std::string& what) {
  return Flag(app_->add_option(name, value, what)->capture_default_str());
}
Flag CommandLine::add(const std::string& name, std::int64_t& value, const std::string& what) {
  return Flag(app_->add_option(name, value, what)->capture_default_str());
}
Flag CommandLine::add(const std::string& name, std::uint64_t& value, const std::string& what) {
  // CLI11 would take -1 as 2^64 - 1.
  const auto problem = [](const std::string& text) {
    return text.starts_with('-') ? fmt::format("'{}' is not a number of at least 0", text) : std::string();
  };
  return Flag(app_->add_option(name, value, what)->capture_default_str()->check(CLI::Validator(problem, "")));
}
Flag CommandLine::add(const std::string& name, int& value, const std::string& what) {
  return Flag(app_->add_option(name, value, what)->capture_default_str());
}
Flag CommandLine::add(const std::string& name, double& value, const std::string& what) {
  return Flag(app_->add_option(name, value, what)->capture_default_str());
}
Flag CommandLine::add(const std::string& name, bool& value, const std::string& what) {
  return Flag(app_->add_flag(name, value, what));
}

Flag CommandLine::add_preset(const std::string& name, const std::vector<std::string>& presets,
                             std::function<void(const std::string&)> apply, const std::string& what) {
  // The others are set after all of the line is read, and so override it.
  CLI::Option* option = app_->add_option_function<std::string>(name, std::move(apply), what)->trigger_on_parse();
  return Flag(option).one_of(presets);
}

std::optional<int> CommandLine::parse(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    return app_->exit(end);
  }
  return std::nullopt;
}

}  // namespace tenon
