// SPDX-License-Identifier: MIT
// Immediate assertions, the only kind that Verilator, Icarus and Yosys share.
// On with PEAL_ASSERT, off for synthesis. The name states the property.
// PEAL_COVER names a situation that the tests must reach; a cover point in the
// model of `make coverage` (PEAL_COVERAGE), nothing elsewhere.
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
`ifdef PEAL_COVERAGE
`define PEAL_COVER(name, cond) \
  name : cover property (@(posedge clk_i) disable iff (!rst_ni) (cond));
`else
`define PEAL_COVER(name, cond)
`endif
`endif
