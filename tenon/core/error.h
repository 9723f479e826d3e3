// Typed errors. Everything a user can cause throws one of these; nothing aborts the process.
//
// A message says what was asked, what was found and what to do about it, for example
//   matmul: inner sizes differ, [128, 64] x [32, 10]; the last axis of the first operand must equal
//   the second-to-last of the second (at train.cpp:41)
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>

namespace tenon {

/// Base of every error that Tenon throws.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
  /// Appends " (at file:line)" with the place in the user's program that asked for the operation.
  Error(const std::string& message, const std::source_location& where);
};

/// Shapes, ranks, axes or sizes that do not fit each other.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// An element type that an operation does not take.
class DTypeError : public Error {
 public:
  using Error::Error;
};

/// An argument outside its allowed range: a negative size, an unknown option, a bad literal.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// An index found outside an axis, at run time, in the data of a tensor.
class IndexError : public Error {
 public:
  using Error::Error;
};

/// A function that was called at run time, of the user's or of a library, had no result.
class CallError : public Error {
 public:
  using Error::Error;
};

/// A matrix without the decomposition, solution or inverse that was asked for; found at run time, in its data.
class LinalgError : public CallError {
 public:
  using CallError::CallError;
};

/// A gradient was asked for where there is none.
class GradientError : public Error {
 public:
  using Error::Error;
};

/// The system's compiler is missing or rejected a kernel.
class CompileError : public Error {
 public:
  using Error::Error;
};

/// A device cannot do what was asked: unknown name, out of memory, a program that does not load.
class DeviceError : public Error {
 public:
  using Error::Error;
};

/// A file that cannot be read or written, or does not hold what was asked of it.
class FileError : public Error {
 public:
  using Error::Error;
};

/// A file was read, and does not hold what its format promises: damaged, cut short, or of another format.
class FormatError : public FileError {
 public:
  using FileError::FileError;
};

/// A verifier found a stage's output broken: a defect in Tenon, never the user's doing.
class InternalError : public Error {
 public:
  using Error::Error;
};

}  // namespace tenon
