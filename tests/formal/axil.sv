// SPDX-License-Identifier: MIT
// about: peal_axil
// The other side keeps the rules of AXI4-Lite; we count handshakes.
  `RESET_FIRST
  logic [3:0] f_aw, f_w, f_b, f_ar, f_r;   // handshakes, modulo 16
  logic [3:0] f_writes, f_reads;           // effects on the register side
  logic [1:0] f_read_age;
  logic [31:0] f_rdata;
  logic f_read;

  `PROMISE(axil_host_holds_aw, !f_past || !$past(s_awvalid_i && !s_awready_o) || (s_awvalid_i && $stable(s_awaddr_i)))
  `PROMISE(axil_host_holds_w, !f_past || !$past(s_wvalid_i && !s_wready_o) || (s_wvalid_i && $stable(s_wdata_i)))
  `PROMISE(axil_host_holds_ar, !f_past || !$past(s_arvalid_i && !s_arready_o) || (s_arvalid_i && $stable(s_araddr_i)))

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {f_aw, f_w, f_b, f_ar, f_r, f_writes, f_reads} <= '0;
      f_read     <= 1'b0;
      f_read_age <= '0;
    end else begin
      f_aw     <= f_aw + 4'(s_awvalid_i && s_awready_o);
      f_w      <= f_w + 4'(s_wvalid_i && s_wready_o);
      f_b      <= f_b + 4'(s_bvalid_o && s_bready_i);
      f_ar     <= f_ar + 4'(s_arvalid_i && s_arready_o);
      f_r      <= f_r + 4'(s_rvalid_o && s_rready_i);
      f_writes <= f_writes + 4'(we_o);
      f_reads  <= f_reads + 4'(re_o);
      f_read   <= re_o;
      if (f_read) f_rdata <= rdata_i;
      if (s_arvalid_i && s_arready_o) f_read_age <= 2'd1;
      else if (f_read_age != 0 && f_read_age != 3) f_read_age <= f_read_age + 1'b1;
      if (s_rvalid_o && s_rready_i) f_read_age <= '0;
    end
  end

  // an answer once offered stays, unchanged, until it is taken
  `PROVE(axil_b_held, f_past && $past(s_bvalid_o && !s_bready_i), s_bvalid_o && s_bresp_o == $past(s_bresp_o))
  `PROVE(axil_r_held, f_past && $past(s_rvalid_o && !s_rready_i), s_rvalid_o && $stable(s_rdata_o) && s_rresp_o == $past(s_rresp_o))
  // nothing is offered in the first cycle after reset
  `PROVE(axil_quiet_after_reset, !f_past, !s_bvalid_o && !s_rvalid_o)
  // each write handshake is one write of a register, each read handshake one read
  `ALWAYS(axil_one_effect_per_write, f_writes == 2, f_writes == f_aw && f_writes == f_w)
  `ALWAYS(axil_one_effect_per_read, f_reads == 2, f_reads == f_ar)
  // a write reaches the register side in the cycle of its handshake, word aligned and unchanged
  `PROVE(axil_write_passes, s_awvalid_i && s_awready_o, we_o && waddr_o == {s_awaddr_i[19:2], 2'b00} && wdata_o == s_wdata_i)
  // one answer for each, none without
  `ALWAYS(axil_one_answer_per_write, s_bvalid_o, f_aw - f_b == 4'(s_bvalid_o))
  `ALWAYS(axil_one_answer_per_read, s_rvalid_o, f_ar - f_r == 4'(s_rvalid_o || f_read))
  // the data answered is what the register side gave one cycle after the read
  `PROVE(axil_read_data, s_rvalid_o, s_rdata_o == f_rdata)
  // OKAY always
  `ALWAYS(axil_okay, s_bvalid_o && s_rvalid_o, s_bresp_o == 0 && s_rresp_o == 0)
  // a write that waits for nobody is taken at once, a read is answered after two cycles
  `PROVE(axil_prompt_write, s_awvalid_i && s_wvalid_i && !s_bvalid_o, s_awready_o && s_wready_o)
  `PROVE(axil_prompt_read, f_read_age >= 2, s_rvalid_o)
  `LEMMA(axil_reading, reading_q == f_read && !(reading_q && rvalid_q))
  `LEMMA(axil_age, (f_read_age == 1) == f_read && (f_read_age >= 2) == rvalid_q)
  `LEMMA(axil_counts, f_aw == f_w && f_w == f_writes && f_ar == f_reads && f_aw - f_b == 4'(s_bvalid_o) && f_ar - f_r == 4'(s_rvalid_o || f_read))
  `LEMMA(axil_data, !rvalid_q || rdata_q == f_rdata)
