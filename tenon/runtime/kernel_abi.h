// What generated kernels and the runtime agree on. Plain C layout: the generated C starts with the
// same declarations, as text.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

// One copy of the declarations, used below both as code and as text.
#define TENON_KERNEL_ABI                                       \
  typedef struct tenon_barrier {                               \
    void (*wait)(struct tenon_barrier * barrier, long thread); \
  } tenon_barrier;                                             \
  typedef struct tenon_arguments {                             \
    void* const* buffers;                                      \
    const long* scalars;                                       \
    int* status;                                               \
  } tenon_arguments;
#define TENON_AS_TEXT_OF(...) #__VA_ARGS__
#define TENON_AS_TEXT(...) TENON_AS_TEXT_OF(__VA_ARGS__)

extern "C" {
TENON_KERNEL_ABI
}

namespace tenon {

/// The declarations above as C text, for the prelude of generated kernels.
inline constexpr std::string_view kernel_abi_c_text = TENON_AS_TEXT(TENON_KERNEL_ABI) "\n";

/// A kernel. `thread` is in [0, threads); every thread of the launch calls the kernel once.
///   arguments->buffers  one pointer for each buffer; 64-byte aligned when it is a Buffer's start,
///                       at least 64 readable bytes behind the buffer's end
///   arguments->scalars  one 64-bit slot for each scalar
///   arguments->status   0 before the run; a kernel stores a non-zero code on a run-time error
///   scratch             this thread's own memory, 4096-byte aligned, at least the launch's
///                       `scratch_bytes`; its contents are undefined
///   barrier             barrier->wait(barrier, thread) returns once all `threads` threads called it
using KernelFunction = void (*)(const tenon_arguments* arguments, long thread, long threads, void* scratch,
                                tenon_barrier* barrier);

static_assert(std::is_same_v<long, std::int64_t>, "kernels take 64-bit scalars as C longs");

}  // namespace tenon

#undef TENON_KERNEL_ABI
#undef TENON_AS_TEXT_OF
#undef TENON_AS_TEXT
