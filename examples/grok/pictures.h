// The three pictures of a grokking run.
#pragma once

#include <string>
#include <vector>

#include "tenon/tensor/tensor.h"

namespace tenon::grok {

/// [token, embd], "=" last.
using TokenEmbedding = Tensor<float, "token", "embd">;

/// One line of grokking.csv.
struct Record {
  double epoch, train_loss, train_accuracy, test_accuracy, test_loss;
};

/// grokking_accuracy.svg and grokking_loss.svg: training and test over epochs.
void draw_curves(const std::vector<Record>& records, const std::string& folder);

/// embedding_spectrum.svg: for each frequency k, the length of the component of the learned embedding (taken
/// as a function of the number a) along cos(2 pi k a / p) and sin(2 pi k a / p). A network that generalises
/// adds angles, and needs a handful of frequencies; one that memorises uses all of them.
void draw_spectrum(const TokenEmbedding& token_embedding, std::int64_t modulus, const std::string& folder);

/// The norms that draw_spectrum shows, for k = 1 ... (p - 1) / 2.
std::vector<double> embedding_spectrum(const TokenEmbedding& token_embedding, std::int64_t modulus);

}  // namespace tenon::grok
