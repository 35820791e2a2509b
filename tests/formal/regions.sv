// SPDX-License-Identifier: MIT
// about: peal_regions
// f_i is any one entry; f_entry is what was last committed to it.
  `RESET_FIRST
  (* anyconst *) logic [9:0] f_i;
  logic [112:0] f_entry;
  logic f_committed;
  always @* entry_exists : assume (32'(f_i) < NumRegions);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      f_entry[112] <= 1'b0;
      f_committed  <= 1'b0;
    end else if (we_i && sel_i == f_i) begin
      f_entry     <= entry_i;
      f_committed <= 1'b1;
    end
  end
  logic f_a_right;
  logic [2:0] f_past_table;
  assign f_past_table = {32'(a_handle_i[9:0]) >= NumRegions, 32'(b_handle_i[9:0]) >= NumRegions, 32'(c_handle_i[9:0]) >= NumRegions};
  assign f_a_right = f_entry[112] && f_entry[109:104] == a_handle_i[15:10] && a_handle_i[15:10] != 0;

  // a handle of generation 0 is never valid, whatever the table holds
  `PROVE(regions_no_generation_0, f_committed && f_entry[109:104] == 0 && a_handle_i == {6'd0, f_i}, !a_entry_o[112])
  `ALWAYS(regions_no_generation_0_b_c, b_handle_i[15:10] == 0 && c_handle_i[15:10] == 0, (b_handle_i[15:10] != 0 || !b_entry_o[112]) && (c_handle_i[15:10] != 0 || !c_entry_o[112]))
  // a handle whose index is past the table is never valid
  `ALWAYS(regions_no_index_past_table, f_past_table == '1, (f_past_table & {a_entry_o[112], b_entry_o[112], c_entry_o[112]}) == 0)
  // a look-up of an index is valid exactly when the generation is the one last committed
  `PROVE(regions_generation_must_match, a_handle_i[9:0] == f_i && f_a_right, a_entry_o[112])
  `PROVE(regions_other_generation_misses, f_committed && a_handle_i[9:0] == f_i && !f_a_right, !a_entry_o[112])
  // what a valid look-up says is the entry as last committed, all of it; all ports agree
  `PROVE(regions_entry_as_committed, a_handle_i[9:0] == f_i && a_entry_o[112], a_entry_o == f_entry)
  `PROVE(regions_ports_agree, a_handle_i[9:0] == f_i && b_handle_i == a_handle_i && c_handle_i == a_handle_i && a_entry_o[112], b_entry_o == a_entry_o && c_entry_o == a_entry_o)
  // the window shows the entry selected; one past the table shows an invalid one
  `PROVE(regions_window, sel_i == f_i && f_committed, entry_o == f_entry)
  `PROVE(regions_window_past_table, 32'(sel_i) >= NumRegions, !entry_o[112])

  `LEMMA(regions_valid, valid_q[f_i[IdxWidth-1:0]] == f_entry[112])
  `LEMMA(regions_table, !f_committed || table_q[f_i[IdxWidth-1:0]] == f_entry[111:0])
  `LEMMA(regions_first, f_committed || !f_entry[112])
