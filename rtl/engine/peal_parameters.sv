// SPDX-License-Identifier: MIT
// The parameters the engine is proven with; `make lint-params` elaborates every
// combination. Another value ends elaboration with the name of a module that no
// tool finds, the one kind of message that all of them know. Formal proofs, which
// shrink the engine, define PEAL_ANY_PARAMETERS.
module peal_parameters #(
  parameter int NumQueues = 8,
  parameter int NumRegions = 64,
  parameter int DbStride = 64,
  parameter int Window = 256,
  parameter int RolloutSlots = 16
) ();
`ifndef PEAL_ANY_PARAMETERS
  if (NumQueues < 1 || NumQueues > 64 || (NumQueues & (NumQueues - 1)) != 0) begin : g_queues
    NumQueues_must_be_1_2_4_8_16_32_or_64 refused ();
  end
  if (NumRegions != 16 && NumRegions != 64 && NumRegions != 256 &&
      NumRegions != 1024) begin : g_regions
    NumRegions_must_be_16_64_256_or_1024 refused ();
  end
  if (DbStride != 64 && DbStride != 4096) begin : g_stride
    DbStride_must_be_64_or_4096 refused ();
  end
  if (Window != 16 && Window != 64 && Window != 256) begin : g_window
    Window_must_be_16_64_or_256 refused ();
  end
  if (RolloutSlots != 4 && RolloutSlots != 16 && RolloutSlots != 64) begin : g_slots
    RolloutSlots_must_be_4_16_or_64 refused ();
  end
`endif
endmodule
