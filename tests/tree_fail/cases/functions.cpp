// Gradients and compiled functions of models.

// case LossThatIsNoScalar
// says value_and_grad: the loss is no floating scalar; reduce it by mean or sum
auto f(const Model& model) {
  return value_and_grad([](const Model& m) { return m.first.weight * 2; })(model);
}

// case LossOfIntegers
// says value_and_grad: the loss is no floating scalar; reduce it by mean or sum
auto f(const Model& model) {
  return grad([](const Model&) { return Tensor<std::int64_t>(); })(model);
}

// case LossThatDoesNotComeFirst
// says value_and_grad: the loss is no floating scalar; reduce it by mean or sum
auto f(const Model& model) {
  return grad([](const Model& m) { return std::pair(m.first.weight, sum(m.first.weight)); })(model);
}

// case LossThatIsANumber
// says value_and_grad: the function returns a loss, or a tuple or struct that begins with one
auto f(const Model& model) {
  return grad([](const Model&) { return 1.0f; })(model);
}

// case GradientByANumber
// says value_and_grad: the first argument has no tensors to differentiate by
auto f(Tensor<float> x) {
  return grad([&](float y) { return x * y; })(1.0f);
}

// case CompilingAConstState
// says compile: a state is replaced by every call, it cannot be const
auto f(const Model& model) {
  return compile(std::tie(model), [](const Model&) {});
}

// case PassingAPlainNumber
// says compile: a plain number would be compiled in; pass it as a scalar, Tensor<float>(x)
void f(Model& model) {
  compile(std::tie(model), [](Model&, Tensor<float>) {})(0.5f);
}

// case PassingTooMuch
// says compile: the function does not take the states followed by these arguments
void f(Model& model, Weight weight) {
  compile(std::tie(model), [](Model&) {})(weight);
}

// case ReturningANumber
// says compile: the function returns tensors, a struct or tuple of them, or nothing
void f(Model& model) {
  compile(std::tie(model), [](Model&) { return 1; })();
}

// case ReturningAStruct
// compiles
Model f(Model& model) {
  return compile(std::tie(model), [](Model& m) { return m; })();
}
