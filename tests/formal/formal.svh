// SPDX-License-Identifier: MIT
// What the harnesses here share. A harness is text that tests/formal/run puts
// before the endmodule of a copy of the module it is about, so that it sees every
// signal; the RTL itself knows nothing of it.
//
//   PROVE(name, when, what)  when holds only together with what. Checked in a proof;
//                            in a cover run the same name asks for a trace to `when`.
//   ALWAYS(name, when, what)  what holds always; the cover run asks for a trace to `when`.
//   LEMMA(name, what)        holds always; helps an induction and is proven with it.
//   PROMISE(name, what)      of those outside: assumed where the module is alone,
//                            proven where PEAL_WHOLE says that they are there too.
//   REACH(name, when)        a trace to `when` must exist.
// With PEAL_DENY a cover is the claim that it is never reached, which a trace refutes.
`ifdef PEAL_DENY
`define PROVE(name, when, what) always @(posedge clk_i) if (rst_ni) name : assert (!(when));
`define ALWAYS(name, when, what) `PROVE(name, when, what)
`define LEMMA(name, what)
`define REACH(name, when) `PROVE(name, when, 1)
`define PROMISE(name, what) always @(posedge clk_i) if (rst_ni) name : assume (what);
`else
`ifdef PEAL_REACH
`define PROVE(name, when, what) always @(posedge clk_i) if (rst_ni) name : cover (when);
`define ALWAYS(name, when, what) always @(posedge clk_i) if (rst_ni) name : cover (when);
`define LEMMA(name, what)
`define REACH(name, when) always @(posedge clk_i) if (rst_ni) name : cover (when);
`define PROMISE(name, what) always @(posedge clk_i) if (rst_ni) name : assume (what);
`else
`define PROVE(name, when, what) always @(posedge clk_i) if (rst_ni) name : assert (!(when) || (what));
`define ALWAYS(name, when, what) always @(posedge clk_i) if (rst_ni) name : assert (what);
`define LEMMA(name, what) always @(posedge clk_i) if (rst_ni) name : assert (what);
`define REACH(name, when)
`ifdef PEAL_WHOLE
`define PROMISE(name, what) always @(posedge clk_i) if (rst_ni) name : assert (what);
`else
`define PROMISE(name, what) always @(posedge clk_i) if (rst_ni) name : assume (what);
`endif
`endif
`endif

// Reset in the first cycle and in no other. f_past: the cycle before was none of reset.
`define RESET_FIRST \
  logic f_begun = 1'b0, f_past = 1'b0; \
  always @(posedge clk_i) begin f_begun <= 1'b1; f_past <= f_begun; end \
  always @* reset_is_first : assume (rst_ni == f_begun);
