// A program's flags, declared beside the variables that they set.
//
//   CommandLine line("Trains a small network to add two numbers");
//   line.add("--epochs", flags.epochs, "passes over the data").positive();
//   if (const auto status = line.parse(argc, argv)) return *status;
//
// CLI11 does the work, and is compiled once instead of in every program. Without it this is left out of the library.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tenon {

/// What may follow a flag; other values end the program with a message that names the flag.
class Flag {
 public:
  explicit Flag(CLI::Option* option) : option_(option) {}
  Flag& positive();
  Flag& not_negative();
  Flag& within(double low, double high);  // both included
  Flag& one_of(const std::vector<std::string>& values);
  /// This flag makes sense beside that one only.
  Flag& needs(const std::string& other);

 private:
  CLI::Option* option_;
};

class CommandLine {
 public:
  /// What the program does, for --help.
  explicit CommandLine(const std::string& description);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// A flag with a value. The variable's value is the default, which --help shows. A bool takes no value: the flag sets
  /// it to true.
  Flag add(const std::string& name, std::string& value, const std::string& what);
  Flag add(const std::string& name, std::int64_t& value, const std::string& what);
  Flag add(const std::string& name, std::uint64_t& value, const std::string& what);
  Flag add(const std::string& name, int& value, const std::string& what);
  Flag add(const std::string& name, double& value, const std::string& what);
  Flag add(const std::string& name, bool& value, const std::string& what);
  /// A name for the values of several flags: one of `presets`, for which `apply` sets variables. The flags themselves
  /// count more, wherever they stand.
  Flag add_preset(const std::string& name, const std::vector<std::string>& presets,
                  std::function<void(const std::string&)> apply, const std::string& what);

  /// Sets the variables. A status to end with: after --help, and after a mistake, which is explained on stderr.
  [[nodiscard]] std::optional<int> parse(int argc, const char* const* argv);

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace tenon
