// Layers, their initial values, and training mode.
#pragma once

#include "tenon/nn/dropout.h"
#include "tenon/nn/embedding.h"
#include "tenon/nn/feed_forward.h"
#include "tenon/nn/initialize.h"
#include "tenon/nn/initializers.h"
#include "tenon/nn/linear.h"
#include "tenon/nn/multi_head_attention.h"
#include "tenon/nn/norm.h"
#include "tenon/nn/random_state.h"
#include "tenon/nn/rotary.h"
#include "tenon/nn/self_attention.h"
#include "tenon/nn/training_scope.h"
#include "tenon/nn/transformer_block.h"
