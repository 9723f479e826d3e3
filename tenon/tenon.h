// Everything a program that uses Tenon needs.
#pragma once

#include "tenon/array/compile.h"
#include "tenon/array/ops.h"
#include "tenon/core/error.h"
#include "tenon/nn/nn.h"
#include "tenon/optim/adamw.h"
#include "tenon/optim/moving_average.h"
#include "tenon/optim/sgd.h"
#include "tenon/runtime/compile_statistics.h"
#include "tenon/runtime/device.h"
#include "tenon/train/csv.h"
#include "tenon/train/progress.h"
#include "tenon/train/svg_plot.h"
#include "tenon/tree/compile.h"
#include "tenon/tree/gradient.h"
#include "tenon/tree/tree.h"
