// Everything that can be done with tensors.
#pragma once

#include "tenon/tensor/contract.h"
#include "tenon/tensor/create.h"
#include "tenon/tensor/diagonal.h"
#include "tenon/tensor/einsum.h"
#include "tenon/tensor/elementwise.h"
#include "tenon/tensor/gradient_checkpoint.h"
#include "tenon/tensor/indexing.h"
#include "tenon/tensor/join.h"
#include "tenon/tensor/lookup.h"
#include "tenon/tensor/movement.h"
#include "tenon/tensor/neural.h"
#include "tenon/tensor/reduce.h"
#include "tenon/tensor/repeat.h"
#include "tenon/tensor/reshape.h"
#include "tenon/tensor/scatter.h"
