// Functions of tensors: derivatives, gradients of one's own, examples along an axis.

// case JvpWithATangentOfAnotherType
// says jvp: a tangent has not the type of what it is a tangent of
auto f(Images x, Tensor<float, "batch", 10> v) {
  return jvp([](const Images& y) { return y; }, x, v);
}

// case JacobianOfIntegers
// says jacobian: the argument is int64, not floating
auto f(Tokens x) {
  return jacobian([](const Tokens& y) { return cast<float>(y); }, x);
}

// case JacobianWithTooManyAxes
// says jacobian: [batch, head, time, key, 1] by [batch, head, time, key] gives more than 8 axes
auto f(Scores x) {
  return jacobian([](const Scores& y) { return unsqueeze<-1>(y); }, x);
}

// case HessianOfAVector
// says hessian: the function returns float32 [batch], not a floating scalar
auto f(Images x) {
  return hessian([](const Images& y) { return sum<-1>(y); }, x);
}

// case HessianVectorProductWithAnotherVector
// says hessian_vector_product: the vector has not the type of the argument
auto f(Images x, Tensor<float, "batch"> v) {
  return hessian_vector_product([](const Images& y) { return sum(y); }, x, v);
}

// case VmapOverAMissingAxis
// says vmap: no axis "time" in [batch, 784]
auto f(Images x) {
  return vmap<"time">([](const auto& one) { return one; })(x);
}

// case VmapOverAxesThatDiffer
// says vmap: axis "batch" of one argument does not fit axis 784 of another
auto f(Images x, Tensor<float, 784> y) {
  return vmap<0>([](const auto& one, const auto&) { return one; })(x, y);
}

// case CustomFunctionWithCotangentsOfOtherTypes
// says custom_function: backward returns no cotangents of the inputs
auto f(Images x) {
  return custom_function<Images>([](const Images& y) { return y; },
                                 [](const auto&, const auto&, const auto&) { return Tensor<float>(1.0f); })(x);
}

// case FunctionsThatFit
// compiles
Tensor<float, "batch", 10> f(Images x, Tensor<float, 10, 784> w) {
  return vmap<"batch">([&](const Tensor<float, 784>& one) { return matmul(w, one); })(x);
}
Images g(Images x) {
  return jvp([](const auto& y) { return relu(y); }, x, ones_like(x)).second;
}

// case VjpOfACotangentOfAnotherType
// says vjp: a cotangent has not the type of the output that it is one of
auto f(Images x) { return vjp(sum<1>(x), x, x); }

// case VjpByIntegers
// says vjp: what it is taken by is int64, not floating
auto f(Images x, Tokens t) { return vjp(x, x, t); }

// case KernelOfAnAxisThatIsInNoInput
// says call_kernel: the size of axis "found" of [found] does not follow from the inputs; give the sizes
auto f(const UserKernel& kernel, Images x) { return call_kernel<Tensor<float, "found">>(kernel, x); }

// case KernelWithTooManySizes
// says sizes: [found] takes 1 of [found], not 2
auto f(const UserKernel& kernel, Images x) { return call_kernel<Tensor<float, "found">>(kernel, {1, 2}, x); }

// case KernelOfAnInputWithoutTheBatch
// says call_kernel: [] has not the 1 batch axes of the result [batch, 784]
auto f(const UserKernel& kernel, Images x, Tensor<float> s) { return call_kernel<Images, 1>(kernel, x, s); }

// case KernelOfAnotherBatch
// says call_kernel: batch axis "time" of [time] does not fit axis "batch" of [batch, 784]
auto f(const UserKernel& kernel, Images x, Tensor<float, "time"> s) { return call_kernel<Images, 1>(kernel, x, s); }

// case KernelOfMoreBatchAxesThanItHas
// says call_kernel: the result [batch, 784] has no 3 axes
auto f(const UserKernel& kernel, Images x) { return call_kernel<Images, 3>(kernel, x); }

// case KernelOfTooManyInputs
// says call_kernel: 7 inputs, at most 6 are supported
auto f(const UserKernel& kernel, Images x) { return call_kernel<Images>(kernel, x, x, x, x, x, x, x); }

// case KernelsThatFit
// compiles
Images f(const UserKernel& kernel, Images x) { return call_kernel<Images>(kernel, x); }
Tensor<float, "2*batch"> g(const UserKernel& kernel, Images x) {
  return call_kernel<Tensor<float, "2*batch">>(kernel, x);
}
