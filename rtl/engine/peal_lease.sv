// SPDX-License-Identifier: MIT
// The lease: a count-down that the host starts anew while it lives. When it expires
// no bus transaction begins any more; when the last one has ended, wipe_o throws
// away all that is in flight. The bus stays halted until the lease is written.
module peal_lease (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        we_i,
  input  logic [31:0] wdata_i,
  output logic [31:0] left_o,
  output logic [1:0]  status_o,     // {expired, runs}

  input  logic        bus_quiet_i,  // no transaction under way
  output logic        expire_o,     // a pulse
  output logic        halt_o,       // begin no transaction
  output logic        wipe_o,       // a pulse, with the bus quiet
  output logic        busy_o
);
  logic [31:0] left_q;
  logic        expired_q, halt_q, wiped_q;

  assign expire_o = !we_i && left_q == 1;
  assign wipe_o   = halt_q && !wiped_q && bus_quiet_i;
  assign left_o   = left_q;
  assign status_o = {expired_q, left_q != 0};
  assign halt_o   = halt_q;
  assign busy_o   = halt_q && !wiped_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      left_q    <= '0;
      expired_q <= 1'b0;
      halt_q    <= 1'b0;
      wiped_q   <= 1'b0;
    end else begin
      if (we_i)             left_q <= wdata_i;
      else if (left_q != 0) left_q <= left_q - 1;

      if (we_i)          expired_q <= 1'b0;
      else if (expire_o) expired_q <= 1'b1;

      // A renewal in between does not bring back what was cut off.
      if (expire_o) begin
        halt_q  <= 1'b1;
        wiped_q <= halt_q && wiped_q;
      end else if (wipe_o) begin
        wiped_q <= 1'b1;
      end else if (halt_q && wiped_q && !expired_q) begin
        halt_q  <= 1'b0;
        wiped_q <= 1'b0;
      end
    end
  end
endmodule
