#include "tenon/render/c_call.h"

#include <fmt/format.h>

#include "tenon/core/error.h"
#include "tenon/core/hash.h"

namespace tenon {

CallText render_call_c(const Kernel& kernel) {
  const auto* call = std::get_if<Call>(&kernel.body);
  if (!call) throw InternalError("render_call_c: kernel " + kernel.name + " is no call");
  const CallDescription& description = call_description(call->number);
  std::string parameters, arguments;
  for (std::size_t i = 0; i < kernel.buffers.size(); ++i) {
    const KernelBuffer& buffer = kernel.buffers[i];
    const std::string type = fmt::format("{}{}*", buffer.is_written ? "" : "const ", info(buffer.dtype).c_name);
    parameters += type + ", ";
    arguments += fmt::format("({})arguments->buffers[{}] + i * parts[{}], ", type, i, i);
  }
  const std::string user =
      fmt::format("static void {0}({1}const long*);\n#line 1 \"{0}\"\n{2}\n#line 1 \"the call of {0}\"\n",
                  description.name, parameters, description.source);
  const std::string body = fmt::format(
      "(const tenon_arguments* arguments, long thread, long threads, void* scratch, tenon_barrier* barrier) {{\n"
      "  const long batch = arguments->scalars[0];\n"
      "  const long *const parts = arguments->scalars + 1, *const sizes = parts + {};\n"
      "  for (long i = thread; i < batch; i += threads)\n"
      "    {}({}sizes);\n"
      "}}\n",
      kernel.buffers.size(), description.name, arguments);
  // The text decides the name, so that one text is compiled once, wherever it stands in a plan.
  const std::string name = fmt::format("call_{}_{:016x}", description.name, hash_bytes(user + body));
  return {.name = name, .text = user + "void " + name + body};
}

std::vector<std::int64_t> call_scalars(const CallLayout& layout) {
  std::vector<std::int64_t> scalars{layout.batch};
  scalars.insert(scalars.end(), layout.part_elements.begin(), layout.part_elements.end());
  scalars.insert(scalars.end(), layout.sizes.begin(), layout.sizes.end());
  return scalars;
}

}  // namespace tenon
