// Everything that can be done with Arrays.
#pragma once

#include "tenon/array/activation.h"
#include "tenon/array/contraction.h"
#include "tenon/array/create.h"
#include "tenon/array/diagonal.h"
#include "tenon/array/einsum.h"
#include "tenon/array/elementwise.h"
#include "tenon/array/gradient.h"
#include "tenon/array/indexing.h"
#include "tenon/array/join.h"
#include "tenon/array/lookup.h"
#include "tenon/array/movement.h"
#include "tenon/array/neural.h"
#include "tenon/array/pad.h"
#include "tenon/array/random.h"
#include "tenon/array/reduction.h"
#include "tenon/array/scatter.h"
