// Checkpoints: all that a training run needs to go on, in a folder, as if it had never been interrupted.
//
//   DIR/step-00001200/state.safetensors   every array
//   DIR/step-00001200/meta.json           the rest, and the checksums of both
//   DIR/step-00001300.partial/            one that is being written, or that a killed process left
//   DIR/.lock                             held while one is written
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/array/random.h"
#include "tenon/io/safetensors.h"

namespace tenon {

/// What a run continues from.
struct Checkpoint {
  std::uint64_t step = 0;
  std::vector<NamedArray> arrays;   // loaded: in the order of the file, which is not that in which they were saved
  RngState random;                  // Rng::from_state(random)
  std::uint64_t data_position = 0;  // whatever the run counts its data in: samples, batches, bytes
  std::map<std::string, std::string> notes;

  /// Throws FileError, with the nearest name, when there is no such array.
  const Array& array(std::string_view name) const;
};

struct CheckpointOptions {
  /// How many to keep, the one just saved included. Older ones are removed after it is safe on the disk, so a save
  /// takes room for one more.
  int keep = 2;
};

/// Saves to DIR/step-NNNNNNNN, which appears complete or not at all and is on the disk when this returns, and gives
/// its path; `directory` is made when it is missing. A checkpoint of the same step is replaced. Whenever the process
/// is killed, and whatever fails, the ones saved before still load. What killed processes left is removed first.
/// Processes that save to one folder wait for each other.
///
/// Throws FileError when it cannot be written (a full disk, a read-only folder), ValueError for `keep` below 1 and
/// as `write_safetensors` does.
std::string save_checkpoint(const std::string& directory, const Checkpoint& checkpoint,
                            const CheckpointOptions& options = {});

/// Loads one checkpoint from its own folder. Throws FileError when files are missing, FormatError when a file is not
/// what was written: every byte of both is covered by a checksum.
Checkpoint load_checkpoint(const std::string& path);

struct SkippedCheckpoint {
  std::string path;
  std::string reason;
};

struct LatestCheckpoint {
  std::optional<Checkpoint> checkpoint;    // nothing: a run that starts from here starts anew
  std::string path;                        // of the checkpoint
  std::vector<SkippedCheckpoint> skipped;  // newer ones that are damaged; a run should say so
};

/// The checkpoint of the highest step under `directory` that is complete and undamaged; none when there is no such
/// folder. May run while others save. Throws FileError when the folder cannot be listed.
LatestCheckpoint latest_checkpoint(const std::string& directory);

}  // namespace tenon
