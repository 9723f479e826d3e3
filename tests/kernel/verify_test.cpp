// Each rule of the kernels' verifier, by a kernel that breaks it and nothing else.
#include <gtest/gtest.h>

#include "tenon/kernel/kernel.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

// out[i] = x[i] for i in [0, 8), with one local; tests break one thing.
class KernelVerifier : public ::testing::Test {
 protected:
  KernelVerifier() {
    kernel.name = "test";
    kernel.pool = std::make_shared<ExprPool>();
    kernel.locals = 2;
    kernel.buffers = {{.value = 0, .dtype = DType::f32}, {.value = 1, .dtype = DType::f32, .is_written = true}};
    i = pool().variable(8);
    j = pool().variable(3);
  }

  ExprPool& pool() { return *kernel.pool; }
  Expr integer(std::int64_t value) { return pool().integer(value); }
  Expr x(Expr index) { return pool().load(DType::f32, 0, index); }
  Statement loop(Loop::Kind kind, Expr variable, Statements body) {
    return {Loop{kind, variable, integer(0), integer(variable->high + 1), std::move(body)}};
  }
  Statement over_i(Statements body) { return loop(Loop::Kind::serial, i, std::move(body)); }
  static Statement store(int buffer, Expr index, Expr value) {
    return {Store{.buffer = buffer, .index = index, .value = value}};
  }
  Statement zero(int local) {
    return {Declare{.local = local, .dtype = DType::f32, .initial = pool().number(DType::f32, 0)}};
  }
  static Statement array(int local, std::int64_t size) {
    return {Declare{.local = local, .dtype = DType::f32, .size = size}};
  }
  static Statement assign(int local, Expr value, Expr index = nullptr) {
    return {Assign{.local = local, .index = index, .value = value}};
  }

  void accepts(Statements body) {
    kernel.body = LoopProgram{{Stage{std::move(body)}}};
    EXPECT_NO_THROW(verify(kernel, elements));
  }
  void rejects(Statements body, std::string_view reason) {
    kernel.body = LoopProgram{{Stage{std::move(body)}}};
    expect_error<InternalError>([&] { verify(kernel, elements); }, {reason});
  }

  Kernel kernel;
  std::vector<std::int64_t> elements = {8, 8};
  Expr i, j;
};

TEST_F(KernelVerifier, AcceptsACopy) { accepts({loop(Loop::Kind::parallel, i, {store(1, i, x(i))})}); }

TEST_F(KernelVerifier, RejectsMissingSizes) {
  elements.pop_back();
  rejects({over_i({store(1, i, x(i))})}, "sizes of buffers are missing");
}

TEST_F(KernelVerifier, RejectsVariablesOutsideTheirLoop) {
  rejects({store(1, i, x(integer(0)))}, "i0 is used outside its loop");
  rejects({over_i({store(1, i, x(j))})}, "i1 is used outside its loop");
  rejects({over_i({}), store(1, integer(0), x(i))}, "i0 is used outside its loop");
}

TEST_F(KernelVerifier, RejectsNestedLoopsOverOneVariable) {
  rejects({over_i({over_i({store(1, i, x(i))})})}, "i0 is looped over twice");
  accepts({over_i({store(1, i, x(i))}), over_i({store(1, i, x(i))})});
}

TEST_F(KernelVerifier, RejectsParallelLoopsInsideOthersAndTwoInAStage) {
  rejects({over_i({loop(Loop::Kind::parallel, j, {store(1, j, x(j))})})}, "not outermost");
  const auto parallel = [&] { return loop(Loop::Kind::parallel, i, {store(1, i, x(i))}); };
  rejects({parallel(), parallel()}, "two parallel loops");
}

TEST_F(KernelVerifier, RejectsIndicesThatLeaveABuffer) {
  rejects({over_i({store(1, pool().add(i, 1), x(i))})}, "b1 of 8 elements is indexed by (i0 + 1) in [1, 8]");
  rejects({over_i({store(1, pool().add(i, -1), x(i))})}, "in [-1, 6]");
  rejects({over_i({store(1, i, x(pool().add(i, 1)))})}, "b0 of 8 elements is read at (i0 + 1) in [1, 8]");
}

TEST_F(KernelVerifier, AcceptsLoadsThatASelectionGuards) {
  const Expr shifted = pool().add(i, -1);
  const Expr guarded = pool().scalar(Scalar::where, DType::f32,
                                     {pool().within(shifted, 0, 8), x(shifted), pool().number(DType::f32, 0)});
  accepts({over_i({store(1, i, guarded)})});
  // The condition itself is not guarded.
  const Expr condition = pool().scalar(Scalar::logical_not, DType::boolean, {x(shifted)});
  const Expr open = pool().scalar(Scalar::where, DType::f32, {condition, x(i), pool().number(DType::f32, 0)});
  rejects({over_i({store(1, i, open)})}, "b0 of 8 elements is read at");
}

TEST_F(KernelVerifier, RejectsBuffersThatDoNotExist) {
  rejects({over_i({store(2, i, x(i))})}, "a store to no buffer");
  rejects({over_i({store(1, i, pool().load(DType::f32, 2, i))})}, "b2 does not exist");
}

TEST_F(KernelVerifier, RejectsStoresThatTheBufferDoesNotAllow) {
  rejects({over_i({store(0, i, x(i))})}, "b0 is stored to but not marked as written");
  rejects({over_i({store(1, i, pool().number(DType::f64, 0))})}, "b1 is stored a value of another type");
}

TEST_F(KernelVerifier, RejectsLocalsThatAreNotDeclaredWhereTheyAreUsed) {
  rejects({over_i({store(1, i, pool().local(DType::f32, 0))})}, "l0 is read but not declared");
  rejects({over_i({assign(0, x(i))})}, "l0 is assigned but not declared");
  // A local ends with the block that declares it.
  rejects({over_i({zero(0)}), store(1, integer(0), pool().local(DType::f32, 0))}, "l0 is read but not declared");
  accepts({over_i({zero(0), assign(0, x(i)), store(1, i, pool().local(DType::f32, 0))})});
}

TEST_F(KernelVerifier, RejectsBadDeclarations) {
  rejects({zero(0), zero(0)}, "l0 is declared twice");
  rejects({zero(2)}, "l2 has no number");
  rejects({{Declare{.local = 0, .dtype = DType::f32}}}, "l0 has no initial value");
}

TEST_F(KernelVerifier, RejectsIndicesThatLeaveALocalArray) {
  accepts({array(0, 8), over_i({assign(0, x(i), i), store(1, i, pool().local(DType::f32, 0, i))})});
  rejects({array(0, 7), over_i({assign(0, x(i), i)})}, "l0 of 7 elements");
  rejects({array(0, 7), over_i({store(1, i, pool().local(DType::f32, 0, i))})}, "l0 of 7 elements");
}

TEST_F(KernelVerifier, RejectsSortsOfArraysThatAreTooShort) {
  kernel.locals = 4;
  const auto sort_of = [](std::int64_t size, std::int64_t kept = 8) {
    return Statement{Sort{.keys = 0,
                          .positions = 1,
                          .spare_keys = 2,
                          .spare_positions = 3,
                          .dtype = DType::f32,
                          .size = size,
                          .kept = kept}};
  };
  accepts({array(0, 8), array(1, 8), array(2, 8), array(3, 8), sort_of(8)});
  rejects({array(0, 8), array(1, 8), array(2, 8), array(3, 8), sort_of(9)}, "l0 of 8 elements takes part in sorting 9");
  rejects({array(0, 8), array(1, 8), array(2, 8), sort_of(8)}, "l3 is sorted but not declared");
  rejects({array(0, 8), array(1, 8), array(2, 8), array(3, 8), sort_of(8, 9)}, "9 of 8 are kept");
}

// sum over k of x[m, k] * x[n, k], stored to out[m, n].
class ContractionVerifier : public KernelVerifier {
 protected:
  ContractionVerifier() {
    m = pool().variable(2);
    n = pool().variable(4);
    k = pool().variable(2);
    const auto row = [&](Expr which) { return x(pool().add(pool().multiply(which, 2), k)); };
    contraction = {.batch_size = 1,
                   .m_size = 2,
                   .n_size = 4,
                   .k_size = 2,
                   .dtype = DType::f32,
                   .batch = integer(0),
                   .m = m,
                   .n = n,
                   .k = k,
                   .a = row(m),
                   .b = row(n),
                   .sum = pool().local(DType::f32, 0),
                   .epilogue = {}};
    contraction.epilogue.push_back({.buffer = 1, .index = position(), .value = contraction.sum});
  }

  Expr position() { return pool().add(pool().multiply(m, 4), n); }
  void rejects_contraction(std::string_view reason) {
    kernel.body = contraction;
    expect_error<InternalError>([&] { verify(kernel, elements); }, {reason});
  }

  Contraction contraction;
  Expr m, n, k;
};

TEST_F(ContractionVerifier, AcceptsAProduct) {
  kernel.body = contraction;
  EXPECT_NO_THROW(verify(kernel, elements));
}

TEST_F(ContractionVerifier, RejectsOperandsThatDependOnTheOthersAxis) {
  std::swap(contraction.a, contraction.b);
  rejects_contraction("operand a depends on n");
  contraction.a = x(k);
  contraction.b = x(m);
  rejects_contraction("operand b depends on m");
}

TEST_F(ContractionVerifier, RejectsAnEpilogueThatStoresNothingOrCombines) {
  contraction.epilogue[0].combines = true;
  rejects_contraction("epilogue combines");
  contraction.epilogue.clear();
  rejects_contraction("stores nothing");
}

TEST_F(ContractionVerifier, RejectsAnEpilogueThatLeavesItsBuffer) {
  contraction.epilogue[0].index = pool().add(position(), 1);
  rejects_contraction("b1 of 8 elements is indexed by");
}

}  // namespace
}  // namespace tenon::testing
