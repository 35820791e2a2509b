// SPDX-License-Identifier: MIT
// RT_BUSY: is a descriptor in flight that was accepted before the last
// invalidation of a region? First each queue's oldest entry must pass what was
// accepted by then; then the runs that had left by that moment must be over.
module peal_invalidation #(
  parameter int NumQueues = 8
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  logic                    invalidate_i,
  input  logic [NumQueues*3-1:0]  state_i,
  input  logic [NumQueues-1:0]    accept_i,
  input  logic [NumQueues*32-1:0] head_i,
  input  logic [NumQueues*32-1:0] oldest_i,
  input  logic [15:0]             left_i,
  input  logic [15:0]             over_i,
  output logic                    busy_o
);
  `include "peal_contract.svh"

  logic [NumQueues-1:0] waits_q;
  logic                 pending_q;
  logic [15:0]          until_q, to_go;

  logic [NumQueues*32-1:0] accepted_q;
  logic [NumQueues-1:0]    passed;   // the oldest entry is behind what was accepted by then
  logic [31:0]             behind;

  always_comb begin
    passed = '0;
    behind = '0;
    if (waits_q != 0) for (int q = 0; q < NumQueues; q++) begin
      behind    = accepted_q[q*32 +: 32] - oldest_i[q*32 +: 32];
      passed[q] = behind == 0 || behind[31] || state_i[q*3 +: 3] == Q_DISABLED;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      waits_q    <= '0;
      accepted_q <= '0;
    end else if (invalidate_i) begin
      for (int q = 0; q < NumQueues; q++) begin
        waits_q[q]              <= state_i[q*3 +: 3] != Q_DISABLED;
        accepted_q[q*32 +: 32] <= head_i[q*32 +: 32] + 32'(accept_i[q]);
      end
    end else if (waits_q != 0) begin
      waits_q <= waits_q & ~passed;
    end
  end

  // What has passed already counts in the very cycle, so an idle device never reads busy.
  logic waits, over;
  assign waits  = (waits_q & ~passed) != 0;
  assign to_go  = !pending_q ? '0 : (waits_q != 0 ? left_i : until_q) - over_i;
  assign over   = !waits && (to_go == 0 || to_go[15]);
  assign busy_o = pending_q && !over;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pending_q <= 1'b0;
      until_q   <= '0;
    end else if (invalidate_i) begin
      pending_q <= 1'b1;
      until_q   <= left_i;
    end else if (over) begin
      pending_q <= 1'b0;
    end else if (waits_q != 0) begin
      until_q <= left_i;
    end
  end
endmodule
