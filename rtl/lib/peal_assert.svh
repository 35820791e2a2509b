// SPDX-License-Identifier: MIT
// Immediate assertions, the only kind that Verilator, Icarus and Yosys share.
// On with PEAL_ASSERT, off for synthesis. The name states the property.
`ifndef PEAL_ASSERT_SVH
`define PEAL_ASSERT_SVH
`ifdef PEAL_ASSERT
`define PEAL_CHECK(name, cond) \
  always @(posedge clk_i) if (rst_ni) begin : name \
    if (!(cond)) $error("assertion %s", `"name`"); \
  end
`else
`define PEAL_CHECK(name, cond)
`endif
`endif
